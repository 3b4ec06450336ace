package lab

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// Options of a new lab.
type Options struct {
	Prefix   string // ^[a-z][a-z0-9]{0,11}$; "": srl and four random digits
	Topology string // "two", "areas" or "rough"
	Timers   string // see AllTimers
	// Announce lets FRR announce every address of [Service] on a host's
	// loopback, for labs without srrd.
	Announce bool
	// Keep lets the lab outlive this process.
	Keep bool
	Log  *slog.Logger
}

// Lab is a running network.
type Lab struct {
	topo   Topology
	timers Timers
	state  State
	store  *store
	log    *slog.Logger
}

// Up takes down the labs whose owners have died, then builds a new one and
// starts FRR on every node. It does not wait for the network, see WaitReady.
// The caller must Close the lab, also after an error of anything else.
func Up(ctx context.Context, o Options) (*Lab, error) {
	if err := Requirements(); err != nil {
		return nil, err
	}
	if err := CleanUp(); err != nil {
		return nil, err
	}
	l, err := newLab(o)
	if err != nil {
		return nil, err
	}
	if err := l.build(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("build lab %s: %w", l.state.Prefix, err), l.Close())
	}
	return l, nil
}

func newLab(o Options) (*Lab, error) {
	if o.Prefix == "" {
		var b [2]byte
		_, _ = rand.Read(b[:]) // never fails, see crypto/rand
		o.Prefix = "srl" + hex.EncodeToString(b[:])
	}
	if !prefixSyntax.MatchString(o.Prefix) {
		return nil, fmt.Errorf("build lab %q: a prefix is up to 12 small letters and digits", o.Prefix)
	}
	root, err := cgroupRoot()
	if err != nil {
		return nil, err
	}
	st := State{
		Prefix: o.Prefix, Topology: o.Topology, Timers: o.Timers, Announce: o.Announce, Created: time.Now(),
		Cgroup:    filepath.Join(root, "srr-lab", o.Prefix),
		Processes: map[string]Process{}, Daemons: map[string]Daemon{}, Off: map[string]bool{},
	}
	if !o.Keep {
		if st.Owner, err = identify(os.Getpid()); err != nil {
			return nil, err
		}
	}
	l, err := fromState(st, o.Log)
	if err != nil {
		return nil, err
	}
	for _, lan := range l.topo.LANs {
		if !lan.PointToPoint() {
			l.state.Namespaces = append(l.state.Namespaces, l.switchName(lan.Name))
		}
	}
	for _, n := range l.topo.Nodes {
		l.state.Namespaces = append(l.state.Namespaces, l.nodeName(n.Name))
	}
	if err := os.MkdirAll(StateRoot, 0o755); err != nil {
		return nil, fmt.Errorf("build lab: %w", err)
	}
	if err := os.Mkdir(l.store.dir, 0o755); err != nil {
		return nil, fmt.Errorf("build lab %s: %w; take it down first", o.Prefix, err)
	}
	return l, l.store.save(l.state)
}

// Open finds a running lab by its prefix. "": the only one there is.
func Open(prefix string, log *slog.Logger) (*Lab, error) {
	labs, err := Labs()
	if err != nil {
		return nil, err
	}
	var found []State
	for _, st := range labs {
		if prefix == "" || st.Prefix == prefix {
			found = append(found, st)
		}
	}
	if len(found) != 1 {
		return nil, fmt.Errorf("open lab %q: %d labs of that name are up, want 1", prefix, len(found))
	}
	return fromState(found[0], log)
}

func fromState(st State, log *slog.Logger) (*Lab, error) {
	topology, ok := Topologies[st.Topology]
	if !ok {
		return nil, fmt.Errorf("find topology %q: not one of two, areas, rough", st.Topology)
	}
	timers, err := FindTimers(st.Timers)
	if err != nil {
		return nil, err
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	l := &Lab{topo: topology(), timers: timers, state: st, log: log}
	l.store = &store{dir: filepath.Join(StateRoot, st.Prefix)}
	return l, nil
}

// Prefix names the lab.
func (l *Lab) Prefix() string { return l.state.Prefix }

// Topology is what the lab was built from.
func (l *Lab) Topology() *Topology { return &l.topo }

// Timers are those of all routers and hosts.
func (l *Lab) Timers() Timers { return l.timers }

// NodeNamespace is the path of a node's network namespace.
func (l *Lab) NodeNamespace(node string) string { return namespacePath(l.nodeName(node)) }

func (l *Lab) nodeName(node string) string  { return l.state.Prefix + "-" + node }
func (l *Lab) switchName(lan string) string { return l.state.Prefix + "-lan-" + lan }

// path is a file of the lab.
func (l *Lab) path(parts ...string) string {
	return filepath.Join(append([]string{l.store.dir}, parts...)...)
}

// Path is a file in the directory of a node, which is the same inside the node.
// It goes when the lab is taken down, but not when the node loses power.
func (l *Lab) Path(node string, parts ...string) string {
	return l.path(append([]string{node}, parts...)...)
}

// Close takes the lab down.
func (l *Lab) Close() error { return Down(l.state.Prefix) }

// update changes the state on disk and here.
func (l *Lab) update(change func(st *State)) error {
	l.store.mu.Lock()
	defer l.store.mu.Unlock()
	lock, err := os.OpenFile(l.path("lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("lock lab: %w", err)
	}
	defer func() { _ = lock.Close() }()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return fmt.Errorf("lock lab: %w", err)
	}
	st, err := l.store.load()
	if err != nil {
		return err
	}
	change(&st)
	l.state = st
	return l.store.save(st)
}

// process looks up what runs under a name, such as n1/ospfd.
func (l *Lab) process(name string) (Process, bool) {
	l.store.mu.Lock()
	defer l.store.mu.Unlock()
	p, ok := l.state.Processes[name]
	return p, ok && p.Alive()
}
