package lab

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"srr/lab/echo"
	"srr/lab/relay"
)

const (
	sigkill = syscall.SIGKILL
	sigterm = syscall.SIGTERM
)

// helperEnv selects what the executable does instead of its own work.
const helperEnv = "SRR_LAB_HELPER"

// RunHelper does the work of the processes that a lab starts from its own
// executable: the relays of links with a delay and the supervisors of srrd.
// Every main function and TestMain that builds labs calls it first; it returns
// only if the process is none of these.
func RunHelper() {
	var err error
	if filepath.Base(os.Args[0]) == echoName {
		exit(serveEcho(os.Args[1:]))
	}
	switch os.Getenv(helperEnv) {
	case "":
		return
	case "relay":
		err = runRelay(os.Args[1:])
	case "supervise":
		err = supervise(os.Args[1:])
	default:
		err = fmt.Errorf("run helper: unknown %s", os.Getenv(helperEnv))
	}
	exit(err)
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

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

// supervise runs srrd again and again. Arguments: file for its PID, a Daemon
// as JSON.
func supervise(args []string) error {
	var d Daemon
	if len(args) != 2 {
		return fmt.Errorf("supervise: want a file and a daemon")
	}
	if err := json.Unmarshal([]byte(args[1]), &d); err != nil {
		return fmt.Errorf("supervise: %w", err)
	}
	_ = os.Unsetenv(helperEnv)
	for {
		cmd := exec.Command(d.Argv[0], d.Argv[1:]...)
		cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
		if err := cmd.Start(); err != nil {
			return fmt.Errorf("supervise: %w", err)
		}
		if err := writePID(args[0], cmd.Process.Pid); err != nil {
			return err
		}
		fmt.Fprintf(os.Stderr, "supervisor: %v\n", cmd.Wait())
		if len(d.StopPost) > 0 {
			post := exec.Command(d.StopPost[0], d.StopPost[1:]...)
			post.Stdout, post.Stderr = os.Stdout, os.Stderr
			if err := post.Run(); err != nil {
				fmt.Fprintf(os.Stderr, "supervisor: %v\n", err)
			}
		}
		time.Sleep(d.Restart)
	}
}

func writePID(file string, pid int) error {
	if err := os.WriteFile(file+".new", []byte(strconv.Itoa(pid)), 0o600); err != nil {
		return fmt.Errorf("supervise: %w", err)
	}
	if err := os.Rename(file+".new", file); err != nil {
		return fmt.Errorf("supervise: %w", err)
	}
	return nil
}

// end is one end of a link.
type end struct {
	node *Node
	link *Link
}

// ends lists who is attached to a LAN.
func (l *Lab) ends(lan string) []end {
	var out []end
	for i := range l.topo.Nodes {
		n := &l.topo.Nodes[i]
		for j := range n.Links {
			if n.Links[j].LAN == lan {
				out = append(out, end{node: n, link: &n.Links[j]})
			}
		}
	}
	return out
}

// relaySpec is what a relay process is told about one link.
type relaySpec struct {
	A, B  relay.End
	Delay time.Duration
	Loss  float64
}

// startRelays starts one process for all links with a delay.
func (l *Lab) startRelays() error {
	var specs []relaySpec
	for i := range l.topo.LANs {
		lan := &l.topo.LANs[i]
		if !lan.PointToPoint() {
			continue
		}
		ends := l.ends(lan.Name)
		if len(ends) != 2 {
			return fmt.Errorf("start relay of %s: %d ends, want 2", lan.Name, len(ends))
		}
		at := func(e end) relay.End {
			return relay.End{Namespace: l.NodeNamespace(e.node.Name), Interface: e.link.Name}
		}
		specs = append(specs, relaySpec{A: at(ends[0]), B: at(ends[1]), Delay: lan.Delay, Loss: lan.Loss})
	}
	if len(specs) == 0 {
		return nil
	}
	data, err := json.Marshal(specs)
	if err != nil {
		return fmt.Errorf("start relay: %w", err)
	}
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("start relay: %w", err)
	}
	cmd, err := l.command("lab", "relay", []string{self, string(data)})
	if err != nil {
		return err
	}
	cmd.Env = append(os.Environ(), helperEnv+"=relay")
	return l.launch(cmd, "lab", "lab/relay")
}

// runRelay relays until it is killed. Argument: the links, as JSON.
func runRelay(args []string) error {
	var specs []relaySpec
	if len(args) != 1 {
		return fmt.Errorf("relay: want one argument")
	}
	if err := json.Unmarshal([]byte(args[0]), &specs); err != nil {
		return fmt.Errorf("relay: %w", err)
	}
	failed := make(chan error)
	for _, s := range specs {
		a, err := openTap(s.A)
		if err != nil {
			return err
		}
		b, err := openTap(s.B)
		if err != nil {
			return err
		}
		go func() { failed <- relay.Run(a, b, relay.Params{Delay: s.Delay, Loss: s.Loss}) }()
	}
	return <-failed
}

// openTap opens one end in its namespace.
func openTap(e relay.End) (f *os.File, err error) {
	err = InNamespace(e.Namespace, func() error {
		f, err = relay.OpenTap(e.Interface)
		return err
	})
	return f, err
}
