// Package vty talks to FRR's daemons over their vty sockets, as vtysh does,
// but without vtysh: a command and a NUL go in; the answer comes back and ends
// with three NULs and a status byte (FRR lib/vty.c, vtysh_read).
package vty

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"regexp"
	"time"
)

// The daemons whose sockets SRR uses.
const (
	Zebra = "zebra"
	OSPFd = "ospfd"
	BFDd  = "bfdd"
)

// RunDir is where FRR keeps its sockets.
const RunDir = "/run/frr"

const (
	defaultTimeout = 5 * time.Second
	defaultCap     = 16 << 20
)

// Options say which FRR to talk to. The zero value is the host's own.
type Options struct {
	RunDir    string        // default RunDir
	PathSpace string        // FRR's -N; empty without
	Timeout   time.Duration // of one session when its context has no deadline; default 5 s
	MaxOutput int           // bytes of one answer; default 16 MiB
}

// Client opens a session of its own for every call, so that it survives
// restarts of the daemons and shares no state. Safe for concurrent use.
type Client struct{ opt Options }

// New returns a client. It opens nothing.
func New(opt Options) *Client {
	if opt.RunDir == "" {
		opt.RunDir = RunDir
	}
	if opt.Timeout <= 0 {
		opt.Timeout = defaultTimeout
	}
	if opt.MaxOutput <= 0 {
		opt.MaxOutput = defaultCap
	}
	return &Client{opt: opt}
}

var nameOK = regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9._-]*$`)

// Path is the daemon's socket. A daemon or path space that could leave the
// directory is an error.
func (c *Client) Path(daemon string) (string, error) {
	if !nameOK.MatchString(daemon) {
		return "", fmt.Errorf("find vty socket: bad daemon name %q", daemon)
	}
	if c.opt.PathSpace != "" && !nameOK.MatchString(c.opt.PathSpace) {
		return "", fmt.Errorf("find vty socket: bad path space %q", c.opt.PathSpace)
	}
	return filepath.Join(c.opt.RunDir, c.opt.PathSpace, daemon+".vty"), nil
}

// Show runs one command in enable mode and returns what the daemon prints.
func (c *Client) Show(ctx context.Context, daemon, command string) ([]byte, error) {
	s, err := c.open(ctx, daemon)
	if err != nil {
		return nil, err
	}
	defer s.close()
	return s.run(command)
}

// ShowJSON runs a `show … json` command and decodes its answer into v.
func (c *Client) ShowJSON(ctx context.Context, daemon, command string, v any) error {
	out, err := c.Show(ctx, daemon, command)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(out, v); err != nil {
		return fmt.Errorf("decode answer of %s to %q: %w", daemon, command, err)
	}
	return nil
}

// Configure runs the lines in one configuration session, in order, and stops
// at the first that is refused; what went before stays in force. The running
// configuration changes, no file. Lines name their context themselves
// (`router ospf`, …, `exit`). Nobody else is kept out: ospfd 8.4.4 lets several
// sessions configure at once (measured).
func (c *Client) Configure(ctx context.Context, daemon string, lines ...string) error {
	if len(lines) == 0 {
		return nil
	}
	for _, line := range lines {
		if err := check(line); err != nil {
			return err
		}
	}
	s, err := c.open(ctx, daemon)
	if err != nil {
		return err
	}
	defer s.close()
	if _, err := s.run("configure terminal"); err != nil {
		return err
	}
	var failed error
	for _, line := range lines {
		if _, failed = s.run(line); failed != nil {
			break
		}
	}
	_, ended := s.run("end")
	return errors.Join(failed, ended)
}

func (c *Client) open(ctx context.Context, daemon string) (*session, error) {
	path, err := c.Path(daemon)
	if err != nil {
		return nil, err
	}
	cancel := context.CancelFunc(func() {})
	if _, ok := ctx.Deadline(); !ok {
		ctx, cancel = context.WithTimeout(ctx, c.opt.Timeout)
	}
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", path)
	if err != nil {
		cancel()
		return nil, fmt.Errorf("open vty of %s: %w", daemon, err)
	}
	s := newSession(ctx, conn, daemon, c.opt.MaxOutput)
	s.cancel = cancel
	if _, err := s.run("enable"); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}
