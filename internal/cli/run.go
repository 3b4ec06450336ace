// Package cli is srrctl: it shows what the daemon says and carries operators'
// commands to it. It knows nothing of its own.
package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"srr/internal/api"
	"srr/internal/api/client"
)

// The exit codes.
const (
	exitOK          = 0
	exitFailed      = 1
	exitUsage       = 2
	exitUnreachable = 3
	exitRefused     = 4
	exitDegraded    = 5
)

// Env is the world of one run.
type Env struct {
	Args     []string // without the program's name
	In       io.Reader
	Out, Err io.Writer
	Getenv   func(string) string
	Now      func() time.Time
	// InTerminal and OutTerminal tell whether a person sits there.
	InTerminal, OutTerminal bool
	// Rows is the height of the terminal; 0: unknown.
	Rows func() int
	// Zone is that of printed times; nil: UTC.
	Zone *time.Location
}

// System is the process's own world.
func System() Env {
	return Env{
		Args: os.Args[1:], In: os.Stdin, Out: os.Stdout, Err: os.Stderr,
		Getenv: os.Getenv, Now: time.Now, Zone: time.Local,
		InTerminal: isTerminal(os.Stdin), OutTerminal: isTerminal(os.Stdout),
		Rows: func() int {
			size, err := unix.IoctlGetWinsize(int(os.Stdout.Fd()), unix.TIOCGWINSZ)
			if err != nil {
				return 0
			}
			return int(size.Row)
		},
	}
}

func isTerminal(f *os.File) bool {
	_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	return err == nil
}

// app is one run of srrctl.
type app struct {
	Env
	socket string
	remote remote
	pki    string // directory of certificates
	format format
	print  printer
	client *client.Client
	// began: the arguments were understood; errors from then on are not of usage.
	began bool
}

// Run carries out one command line and returns the exit code.
func Run(ctx context.Context, env Env) int {
	a := &app{Env: env, format: formatTable}
	if a.Zone == nil {
		a.Zone = time.UTC
	}
	root := a.root()
	root.SetArgs(env.Args)
	root.SetIn(env.In)
	root.SetOut(env.Out)
	root.SetErr(env.Err)
	cmd, err := root.ExecuteContextC(ctx)
	if a.client != nil {
		a.client.Close()
	}
	return a.report(cmd, err)
}

// degraded ends a command whose answer is not good although it worked.
var errDegraded = errors.New("degraded")

// report tells the operator what went wrong and the way out.
func (a *app) report(cmd *cobra.Command, err error) int {
	if err == nil {
		return exitOK
	}
	if errors.Is(err, errDegraded) {
		return exitDegraded
	}
	if errors.Is(err, context.Canceled) { // Ctrl-C
		return exitOK
	}
	text, near, _ := strings.Cut(err.Error(), "\n\nDid you mean this?\n") // as cobra words it
	r, refused := errors.AsType[*api.Refusal](err)
	if refused && a.remote.on != "" {
		text = a.remote.on + ": " + text // which speaks of "this node"
	}
	a.complain("%s", text)
	if u, ok := errors.AsType[*client.Unreachable](err); ok {
		a.complainMore(u.Advice())
		return exitUnreachable
	}
	if n, ok := errors.AsType[*client.NoConsole](err); ok {
		a.complainMore(n.Advice())
		return exitUnreachable
	}
	if refused {
		for _, l := range r.List {
			fmt.Fprintf(a.Err, "  - %s\n", escape(l))
		}
		a.complainMore(r.Advice)
		return exitRefused
	}
	e, ok := errors.AsType[*api.Error](err)
	if ok && e.Kind == api.KindForbidden {
		a.complainMore("--cert with a certificate that may; on the host of the CA, srrctl ca issue user NAME --role " + cmp.Or(e.Needs, "operator") + " --pem FILE makes one")
		return exitRefused
	}
	if ok && e.Kind == api.KindUnreachable {
		a.complainMore("srrctl nodes, without --on; if it is up, look there whether srrd runs and its console listens")
		return exitUnreachable
	}
	if !a.began || ok && e.Kind == api.KindInvalid {
		a.complainMore(howTo(cmd, strings.Fields(near)))
		return exitUsage
	}
	return exitFailed
}

// howTo leads on from a command that was misunderstood, or to those whose names are near.
func howTo(cmd *cobra.Command, near []string) string {
	if len(near) == 0 {
		if cmd.Name() == "help" {
			cmd = cmd.Parent() // which lists what there is
		}
		return cmd.CommandPath() + " --help"
	}
	for i, name := range near {
		near[i] = cmd.CommandPath() + " " + name
	}
	return strings.Join(near, ", ")
}

func (a *app) complain(format string, args ...any) {
	fmt.Fprintf(a.Err, "srrctl: %s\n", escape(fmt.Sprintf(format, args...)))
}

func (a *app) complainMore(advice string) {
	if advice != "" {
		fmt.Fprintf(a.Err, "  try: %s\n", escape(advice))
	}
}

// begin is called when the arguments are understood.
func (a *app) begin(cmd *cobra.Command, _ []string) error {
	a.began = true
	a.print = printer{w: a.Out, color: a.OutTerminal && a.Getenv("NO_COLOR") == "" && a.Getenv("TERM") != "dumb", zone: a.Zone}
	if err := a.reach(cmd); err != nil {
		return err
	}
	if a.pki == "" {
		return nil
	}
	var err error
	a.pki, err = filepath.Abs(a.pki)
	return err
}

func (a *app) socketPath() string {
	if a.socket != "" {
		return a.socket
	}
	if s := a.Getenv("SRR_SOCKET"); s != "" {
		return s
	}
	return api.DefaultSocket
}
