package vty

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"
)

// maxCommand bounds a line; FRR's own input buffer is larger.
const maxCommand = 2048

// The status bytes of FRR (lib/command.h) that are no refusal. A warning is
// printed output of a command that worked.
const (
	statusSuccess       = 0
	statusWarning       = 1
	statusSuccessDaemon = 10
)

var statusText = map[byte]string{
	2: "unknown command", 3: "ambiguous command", 4: "incomplete command", 5: "too many arguments",
	6: "nothing to execute", 12: "suspended", 13: "configuration refused", 14: "not this instance", 16: "no such daemon",
}

// CommandError is a command that the daemon refused.
type CommandError struct {
	Daemon, Command string
	Status          byte
	Output          string // what it printed, at most 400 bytes
}

// Error names the daemon, the command and FRR's words.
func (e *CommandError) Error() string {
	text := statusText[e.Status]
	if text == "" {
		text = fmt.Sprintf("status %d", e.Status)
	}
	if e.Output != "" {
		text = strings.Join(strings.Fields(e.Output), " ")
	}
	return fmt.Sprintf("run %q on %s: %s", e.Command, e.Daemon, text)
}

// ErrTooLong is an answer that exceeds Options.MaxOutput.
var ErrTooLong = errors.New("answer is too long")

// check refuses what would be more than one command.
func check(command string) error {
	if len(command) > maxCommand {
		return fmt.Errorf("send vty command: longer than %d bytes", maxCommand)
	}
	if strings.TrimSpace(command) == "" {
		return errors.New("send vty command: empty")
	}
	for _, r := range command {
		if r < ' ' || r == 0x7f {
			return fmt.Errorf("send vty command %q: control character", command)
		}
	}
	return nil
}

// session is one connection; commands run one after the other.
type session struct {
	conn   net.Conn
	ctx    context.Context
	cancel context.CancelFunc
	stop   func() bool
	daemon string
	limit  int
}

func newSession(ctx context.Context, conn net.Conn, daemon string, limit int) *session {
	s := &session{conn: conn, ctx: ctx, cancel: func() {}, daemon: daemon, limit: limit}
	s.stop = context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	return s
}

func (s *session) close() {
	s.stop()
	s.cancel()
	_ = s.conn.Close()
}

func (s *session) run(command string) ([]byte, error) {
	if err := check(command); err != nil {
		return nil, err
	}
	if _, err := s.conn.Write(append([]byte(command), 0)); err != nil {
		return nil, s.fail(command, err)
	}
	out, status, err := s.answer()
	if err != nil {
		return nil, s.fail(command, err)
	}
	switch status {
	case statusSuccess, statusWarning, statusSuccessDaemon:
		return out, nil
	}
	return nil, &CommandError{Daemon: s.daemon, Command: command, Status: status, Output: string(out[:min(len(out), 400)])}
}

// answer reads to the trailer. The daemon says nothing after it before the
// next command, so the trailer is what the bytes read so far end with.
func (s *session) answer() ([]byte, byte, error) {
	var out []byte
	chunk := make([]byte, 64<<10)
	for {
		n, err := s.conn.Read(chunk)
		out = append(out, chunk[:n]...)
		if k := len(out) - 4; k >= 0 && bytes.Equal(out[k:k+3], []byte{0, 0, 0}) {
			return out[:k], out[k+3], nil
		}
		if len(out) > s.limit {
			return nil, 0, ErrTooLong
		}
		if err != nil {
			return nil, 0, err
		}
	}
}

func (s *session) fail(command string, err error) error {
	if ended := s.ctx.Err(); ended != nil {
		err = ended
	}
	return fmt.Errorf("run %q on %s: %w", command, s.daemon, err)
}
