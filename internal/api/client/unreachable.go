package client

import (
	"errors"
	"syscall"
)

// Unreachable tells that no daemon answers at the socket.
type Unreachable struct {
	Socket string
	Cause  error
}

func (e *Unreachable) Error() string {
	switch {
	case errors.Is(e.Cause, syscall.ENOENT), errors.Is(e.Cause, syscall.ECONNREFUSED):
		return "srrd is not running (nobody listens at " + e.Socket + ")"
	case errors.Is(e.Cause, syscall.EACCES):
		return "not allowed to open " + e.Socket + ": only the owner of srrd may"
	}
	return "srrd does not answer at " + e.Socket + ": " + e.Cause.Error()
}

// Advice is the way out.
func (e *Unreachable) Advice() string {
	switch {
	case errors.Is(e.Cause, syscall.ENOENT), errors.Is(e.Cause, syscall.ECONNREFUSED):
		return "systemctl start srrd; where it listens elsewhere: --socket PATH"
	case errors.Is(e.Cause, syscall.EACCES):
		return "run the command as root (sudo)"
	}
	return "systemctl status srrd; journalctl -u srrd"
}

func (e *Unreachable) Unwrap() error { return e.Cause }

// unreachable is why nobody answered.
func (c *Client) unreachable(cause error) error {
	if c.socket == "" {
		return noConsole(c.base.Host, cause)
	}
	return &Unreachable{c.socket, cause}
}
