package client

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
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
		lines := bufio.NewReaderSize(resp.Body, 64<<10)
		for {
			v, err := nextMessage[T](lines, func() { quiet.Reset(silence) })
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil && context.Cause(ctx) == gone {
				err = gone
			}
			if !yield(v, err) || err != nil {
				return
			}
		}
	}
}

// nextMessage reads one line of JSON; empty lines are signs of life.
func nextMessage[T any](r *bufio.Reader, alive func()) (T, error) {
	var v T
	for {
		line, err := readLine(r)
		if err != nil {
			return v, err
		}
		alive()
		if len(line) == 0 {
			continue
		}
		var failed api.ErrorBody
		if bytes.HasPrefix(line, []byte(`{"error":{`)) && json.Unmarshal(line, &failed) == nil {
			return v, &failed.Error
		}
		if err := json.Unmarshal(line, &v); err != nil {
			return v, fmt.Errorf("read the daemon's answer: %w", err)
		}
		return v, nil
	}
}

// readLine returns a line without its end. io.EOF: the stream ended in good order.
func readLine(r *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case err == nil:
			return bytes.TrimSpace(line), nil
		case errors.Is(err, bufio.ErrBufferFull) && len(line) < maxAnswer:
			continue
		case errors.Is(err, bufio.ErrBufferFull):
			return nil, fmt.Errorf("read the daemon's answer: a line is longer than %d bytes", maxAnswer)
		case errors.Is(err, io.EOF) && len(line) == 0:
			return nil, io.EOF
		case errors.Is(err, io.EOF):
			return nil, fmt.Errorf("read the daemon's answer: %w", io.ErrUnexpectedEOF)
		}
		return nil, fmt.Errorf("read the daemon's answer: %w", err)
	}
}
