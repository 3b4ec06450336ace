package daemon

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// closers end what was opened, last first.
type closers []closer

type closer struct {
	name string
	do   func(context.Context) error
}

const closeTimeout = 3 * time.Second

func (c *closers) add(name string, do func() error) {
	c.addContext(name, func(context.Context) error { return do() })
}

func (c *closers) addContext(name string, do func(context.Context) error) {
	*c = append(*c, closer{name, do})
}

func (c *closers) close(log *slog.Logger) {
	for i := len(*c) - 1; i >= 0; i-- {
		ctx, cancel := shortContext()
		if err := (*c)[i].do(ctx); err != nil && !errors.Is(err, net.ErrClosed) && !errors.Is(err, os.ErrClosed) {
			log.Warn("close", "what", (*c)[i].name, "err", err)
		}
		cancel()
	}
	*c = nil
}

func shortContext() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), closeTimeout)
}

// tellSystemd tells systemd how the daemon does, if it asked (sd_notify(3)). It never
// waits: a systemd that hangs reads nothing, and the loop would stop when its queue is full.
func tellSystemd(state string) {
	name := os.Getenv("NOTIFY_SOCKET")
	if name == "" {
		return
	}
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return
	}
	defer unix.Close(fd)
	_ = unix.Sendto(fd, []byte(state), unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL, &unix.SockaddrUnix{Name: name})
}
