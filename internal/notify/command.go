package notify

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"srr/internal/agent/trust"
)

// Command is a program that gets the message as JSON on its standard input and in
// short in its environment. No shell reads its words. It runs as root in a process
// group of its own, which is killed when its time is over, or when it has ended.
type Command struct {
	Argv []string // Argv[0] is an absolute path of a program that only root can change
}

// commandPath is the PATH of the program.
const commandPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// maxSaid bounds what is kept of answers, in bytes.
const maxSaid = 4 << 10

// Send runs the program and waits for its end.
func (c *Command) Send(ctx context.Context, m Message) (string, error) {
	if err := trust.Program(c.Argv[0]); err != nil {
		return "", err
	}
	text, err := json.Marshal(m)
	if err != nil {
		return "", permanent(fmt.Errorf("encode the message: %w", err))
	}
	var out head
	cmd := exec.CommandContext(ctx, c.Argv[0], c.Argv[1:]...)
	cmd.Dir, cmd.Env = "/", environment(&m)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(append(text, '\n')), &out, &out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	kill := func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.Cancel = kill
	cmd.WaitDelay = time.Second // for what the program has left behind and holds its streams open
	if err := cmd.Start(); err != nil {
		return "", fmt.Errorf("run %s: %w", c.Argv[0], err)
	}
	err = cmd.Wait()
	_ = kill() // the group is gone already, unless it has left something
	switch {
	case ctx.Err() != nil:
		return "", fmt.Errorf("run %s: it was killed: %w", c.Argv[0], ctx.Err())
	case err != nil && !errors.Is(err, exec.ErrWaitDelay):
		return "", fmt.Errorf("run %s: %w: %s", c.Argv[0], err, cmp.Or(clean(out.String()), "it says nothing"))
	}
	return strings.TrimSpace("exit status 0 " + clean(out.String())), nil
}

// environment is all that the program finds there. Texts of others are not in it
// but for the summary, in which what a shell could take for syntax is replaced.
func environment(m *Message) []string {
	return []string{
		"PATH=" + commandPath, "LANG=C.UTF-8", "HOME=/",
		"SRR_EVENT=" + string(m.Worst()),
		"SRR_SUMMARY=" + harmless(m.Summary()),
		"SRR_NOTICES=" + strconv.Itoa(len(m.Notices)),
		"SRR_CLUSTER=" + harmless(m.Cluster),
		"SRR_NODE=" + harmless(m.Node),
		"SRR_ROUTER_ID=" + m.ID,
	}
}

func harmless(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune(" .,:/_-+@=", r) {
			return r
		}
		return '_'
	}, s)
}

// head keeps the first maxSaid bytes of what is written to it.
type head struct{ bytes.Buffer }

func (h *head) Write(p []byte) (int, error) {
	if room := maxSaid - h.Len(); room > 0 {
		h.Buffer.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}
