package trust

import (
	"context"
	"fmt"
	"time"
)

// Look is a look at one file, before each use of it. The file may be on a disk that
// hangs, and nothing ends a system call there: who looks waits no longer than he wants,
// and one thread at most is left behind.
type Look struct {
	path string
	look func(path string) error
	turn chan struct{} // held while somebody looks
}

// NewLook returns a Look by File or Program. It does not look yet.
func NewLook(look func(path string) error, path string) *Look {
	return &Look{path: path, look: look, turn: make(chan struct{}, 1)}
}

// Within looks, for so long at most.
func (l *Look) Within(ctx context.Context, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	select {
	case l.turn <- struct{}{}:
	case <-ctx.Done():
		return l.hangs(ctx)
	}
	seen := make(chan error, 1)
	go func() {
		err := l.look(l.path)
		<-l.turn
		seen <- err
	}()
	select {
	case err := <-seen:
		return err
	case <-ctx.Done():
		return l.hangs(ctx)
	}
}

func (l *Look) hangs(ctx context.Context) error {
	return fmt.Errorf("look at %s: no answer, its disk may hang: %w", l.path, ctx.Err())
}
