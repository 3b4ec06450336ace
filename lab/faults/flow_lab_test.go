//go:build lab

package faults

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"srr/lab"
	"srr/lab/echo"
)

// flow is a connection that the client opened before the fault. It asks slowly,
// so that the server waits for more.
type flow struct {
	conn  net.Conn
	ended chan error
}

func (f *flow) close() { _ = f.conn.Close() }

// connect opens a connection to a service and sends one byte of a request now
// and then; the server answers none of them.
func (r *run) connect(ctx context.Context, args []string, _ string) error {
	f := &flow{ended: make(chan error, 1)}
	err := wait(ctx, 10*time.Second, "a connection to "+args[0], func() string {
		err := lab.InNamespace(r.b.l.NodeNamespace("cl"), func() (err error) {
			f.conn, err = net.DialTimeout("tcp4", fmt.Sprintf("%s:%d", addresses[args[0]], echo.HTTPPort), 2*time.Second)
			return err
		})
		if err != nil {
			return err.Error() // the client has no route yet
		}
		return ""
	})
	if err != nil {
		return err
	}
	if _, err := fmt.Fprint(f.conn, "GET / HTTP/1.1\r\nX: "); err != nil {
		return err
	}
	go func() {
		for {
			if _, err := f.conn.Write([]byte("x")); err != nil {
				f.ended <- err
				return
			}
			_ = f.conn.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
			_, err := f.conn.Read(make([]byte, 1))
			if timeout := net.Error(nil); err != nil && !(errors.As(err, &timeout) && timeout.Timeout()) {
				f.ended <- err
				return
			}
		}
	}()
	r.flow = f
	return nil
}

// reset waits until the client was told that its connection is no more.
func (r *run) reset(ctx context.Context, args []string, _ string) error {
	limit, err := time.ParseDuration(args[0])
	if err != nil {
		return err
	}
	if r.flow == nil {
		return errors.New("no connection is open")
	}
	select {
	case <-r.flow.ended:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(limit):
		return fmt.Errorf("the client still waits after %v", limit)
	}
}
