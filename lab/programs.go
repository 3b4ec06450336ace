package lab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/signal"

	"srr/lab/echo"
)

// echoName is the name under which the executable is a service.
const echoName = "srr-lab-echo"

// EchoProgram is a service that starts at once, with an address as its
// argument, see package echo. It is at the same place on all nodes and
// belongs to root.
func (l *Lab) EchoProgram() string { return l.path("bin", echoName) }

// copyPrograms copies what nodes run from the lab's own executable, which may
// belong to anybody.
func (l *Lab) copyPrograms() error {
	if err := os.MkdirAll(l.path("bin"), 0o755); err != nil {
		return fmt.Errorf("copy programs: %w", err)
	}
	from, err := os.Open("/proc/self/exe")
	if err != nil {
		return fmt.Errorf("copy programs: %w", err)
	}
	defer func() { _ = from.Close() }()
	to, err := os.OpenFile(l.EchoProgram(), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o755)
	if err != nil {
		return fmt.Errorf("copy programs: %w", err)
	}
	_, err = io.Copy(to, from)
	if err = errors.Join(err, to.Close()); err != nil {
		return fmt.Errorf("copy programs: %w", err)
	}
	return nil
}

// serveEcho is the service.
func serveEcho(args []string) error {
	if len(args) != 1 {
		return fmt.Errorf("%s: want an address", echoName)
	}
	addr, err := netip.ParseAddr(args[0])
	if err != nil {
		return fmt.Errorf("%s: %w", echoName, err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), sigterm)
	defer stop()
	return echo.Serve(ctx, addr, echo.UDPPort, echo.HTTPPort)
}
