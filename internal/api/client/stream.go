package client

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"time"

	"srr/internal/api"
)

// silence is how long a stream may say nothing at all before the daemon
// counts as gone; it shows a sign of life three times as often.
const silence = 50 * time.Second

// Watch yields the newest snapshot, and again after each change, until ctx
// ends or the connection does. An error is the last thing that it yields.
func (c *Client) Watch(ctx context.Context) iter.Seq2[api.Snapshot, error] {
	return stream[api.Snapshot](ctx, c, "watch", nil)
}

// Events yields what happened, oldest first; with q.Follow it goes on until
// ctx ends. An error is the last thing that it yields.
func (c *Client) Events(ctx context.Context, q api.EventQuery) iter.Seq2[api.Event, error] {
	return stream[api.Event](ctx, c, "events", q.Values())
}

func stream[T any](ctx context.Context, c *Client, path string, q url.Values) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		ctx, cancel := context.WithCancelCause(ctx)
		defer cancel(nil)
		var zero T
		resp, err := c.send(ctx, http.MethodGet, path, q, nil)
		if err != nil {
			yield(zero, err)
			return
		}
		defer resp.Body.Close()
		gone := c.unreachable(fmt.Errorf("no sign of life for %v", silence))
		quiet := time.AfterFunc(silence, func() { cancel(gone) })
		defer quiet.Stop()
		for v, err := range api.Lines[T](resp.Body, "the daemon", func() { quiet.Reset(silence) }) {
			if err != nil && context.Cause(ctx) == gone {
				err = gone
			}
			if !yield(v, err) {
				return
			}
		}
	}
}
