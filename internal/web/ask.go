package web

import (
	"context"
	"time"

	"srr/internal/api"
)

const (
	// maxQuestions is how many slow questions are asked at once.
	maxQuestions = 4
	// questionTimeout is how long one may take.
	questionTimeout = 50 * time.Second
)

// ask bounds how many of the slow questions are asked at once. Who comes too
// late waits in line for a while.
func ask[T any](s *Server, v *visit, question func(context.Context) (T, error)) (T, error) {
	ctx, cancel := context.WithTimeout(v.ctx, questionTimeout)
	defer cancel()
	select {
	case s.questions <- struct{}{}:
		defer func() { <-s.questions }()
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
	return question(ctx)
}

// collect reads the events that a query selects, oldest first.
func (s *Server) collect(v *visit, q api.EventQuery) ([]api.Event, error) {
	return ask(s, v, func(ctx context.Context) ([]api.Event, error) {
		var out []api.Event
		for e, err := range s.opt.Backend.Events(ctx, q) {
			if err != nil {
				return out, err
			}
			out = append(out, e)
		}
		return out, nil
	})
}
