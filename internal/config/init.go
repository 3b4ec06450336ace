package config

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"

	"srr/internal/durable"
	"srr/internal/routerid"
)

// InitOptions are the flags of srrd init. What is empty is proposed, and asked
// for unless Yes is set.
type InitOptions struct {
	File     string // the main file; default DefaultPath
	Force    bool   // replace the main file
	Yes      bool   // take every proposal, ask nothing
	Cluster  string
	Name     string
	RouterID string
	OSPFAPI  string // address and port
	VTY      string // directory of FRR's vty sockets
	Service  FirstService
}

// FirstService is a service to begin with; none if Name is empty.
type FirstService struct {
	Name    string
	Address string    // empty: a resource
	Kind    AgentKind // or none; default: make with a skeleton, or unit if Command is the name of one
	Command string    // of make and exec: the path; of unit: its name; of run: words, quoted as for a shell
}

// InitEnv is what init talks to.
type InitEnv struct {
	In       io.Reader
	Out      io.Writer
	Hostname string
	Router   Router // the routing daemon of this host; nil: none was found
	PKI      string // directory of certificates that srrctl ca or srrctl join made; empty: none
}

// Router is what init asks the routing daemon of this host.
type Router interface {
	RouterID() (routerid.ID, error)
	Areas() ([]string, error)
	Interfaces() ([]string, error)
	// APIOpen returns nil if the OSPF API accepts connections at api.
	APIOpen(api netip.AddrPort) error
}

// Init is the verb init: it finds out what it can, asks for the rest, and
// writes a main file that passes Check, and the skeleton of a Makefile for the
// first service. It replaces the main file only with Force, and a Makefile
// never.
func Init(ctx context.Context, o InitOptions, env InitEnv) error {
	var err error
	if o.File, err = filepath.Abs(cmp.Or(o.File, DefaultPath)); err != nil {
		return err
	}
	if _, err := os.Lstat(o.File); err == nil && !o.Force {
		return fmt.Errorf("write %s: it exists already; --force replaces it", o.File)
	}
	if o.Yes && o.Service.Name == "" && o.Service != (FirstService{}) {
		return errors.New("--address, --kind and --command are those of a first service: name it with --service")
	}
	d := newDraft(o)
	d.look(env)
	if err := d.lookForCA(env); err != nil {
		return err
	}
	q := &questions{in: bufio.NewReader(env.In), out: env.Out, yes: o.Yes}
	if err := d.ask(ctx, q, env); err != nil {
		return err
	}
	text, err := d.text()
	if err != nil {
		return err
	}
	if _, err := load(o.File, nil, overlay{o.File: text}); err != nil {
		return fmt.Errorf("write %s: it would not be valid:\n%w", o.File, err)
	}
	return d.write(text, env.Out)
}

// write puts the files in place and says what comes next.
func (d *draft) write(text []byte, out io.Writer) error {
	dir := filepath.Dir(d.file)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("write %s: %w", d.file, err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return fmt.Errorf("write %s: %w", d.file, err)
	}
	defer root.Close()
	if d.Kind == AgentMake {
		if err := d.writeSkeleton(root, out); err != nil {
			return err
		}
	}
	if err := durable.WriteFile(root, filepath.Base(d.file), text, 0o644); err != nil {
		return fmt.Errorf("write %s: %w", d.file, err)
	}
	fmt.Fprintf(out, "\nwrote %s\n", d.file)
	d.next(out)
	return nil
}

func (d *draft) writeSkeleton(root *os.Root, out io.Writer) error {
	if d.Command != d.skeletonPath() {
		return nil // the operator named a Makefile
	}
	if err := root.Mkdir(d.Service, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("write %s: %w", d.Command, err)
	}
	sub, err := root.OpenRoot(d.Service)
	if err != nil {
		return fmt.Errorf("write %s: %w", d.Command, err)
	}
	defer sub.Close()
	if _, err := sub.Lstat("Makefile"); err == nil {
		fmt.Fprintf(out, "\nkept %s\n", d.Command)
		return nil
	}
	if err := durable.WriteFile(sub, "Makefile", []byte(skeleton(d.Service)), 0o644); err != nil {
		return fmt.Errorf("write %s: %w", d.Command, err)
	}
	fmt.Fprintf(out, "\nwrote %s\n", d.Command)
	return nil
}

func (d *draft) next(out io.Writer) {
	fmt.Fprintln(out, "\nNext:")
	if d.Signed() && d.node.Name != d.Name {
		fmt.Fprintf(out, "  srrctl ca issue node %s --router-id %s --here\n", d.Name, d.RouterID)
	}
	switch {
	case d.Service == "":
		fmt.Fprintf(out, "  add a service to %s\n", d.file)
	case d.Kind == AgentMake && d.Command == d.skeletonPath():
		fmt.Fprintf(out, "  fill in the targets of %s\n", d.Command)
	case d.Kind == AgentUnit:
		fmt.Fprintf(out, "  systemctl disable --now %s    # srrd starts it\n", d.Command)
	}
	fmt.Fprintf(out, "  srrd check-config%s\n  systemctl enable --now srrd\n", flagUnlessDefault(d.file))
	fmt.Fprintln(out, "  the same on the other nodes, each with its own router ID")
}

func flagUnlessDefault(file string) string {
	if file == DefaultPath {
		return ""
	}
	return " --config " + file
}
