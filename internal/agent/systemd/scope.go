package systemd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"

	sd "github.com/coreos/go-systemd/v22/dbus"
	"github.com/godbus/dbus/v5"

	"srr/internal/agent/cgroup"
)

const (
	holdTimeout = 5 * time.Second       // for a scope to be there
	holdAgain   = 20 * time.Millisecond // after an attempt that failed, then twice as long each time, up to
	holdAtLast  = 8 * holdAgain
	holdAtOnce  = 4 // scopes that Keep has made at a time; process 1 makes one after the other
)

// scopes keeps the processes of services in transient scopes, NAME/…-SERVICE.scope
// below the slice NAME.slice (systemd.scope(5)). systemd knows of the processes,
// shows them, and leaves what is below a scope to us (Delegate=).
//
// A scope lives as long as a process is in it, and is made around one. So each
// has a holder, see there: the processes of services are put straight into a
// scope that is there already, and no start waits for process 1.
type scopes struct {
	bus   *Bus
	slice string // name without .slice
	dir   string // of the slice's cgroup
	// before is our own unit: at shutdown, systemd leaves the services alone
	// until srrd has handed them over. Empty: none.
	before string
	alive  lifeline

	mu     sync.Mutex
	byName map[string]*scope
	wanted map[string]bool // what Keep was told
	closed bool
}

// scope is that of one service.
type scope struct {
	mu     sync.Mutex
	holder *holder
}

var sliceName = regexp.MustCompile(`^[A-Za-z0-9_]+$`)

// unified is where systemd mounts cgroup2 when it uses nothing else.
const unified = "/sys/fs/cgroup"

// bootedMark is there while systemd runs (sd_booted(3)).
const bootedMark = "/run/systemd/system"

// Booted reports whether process 1 is systemd and keeps processes in cgroup2
// alone (sd_booted(3)). It does not ask process 1, so that a daemon looks for
// its services in the same place whatever state that is in.
func Booted() bool {
	info, err := os.Lstat(bootedMark)
	if err != nil || !info.IsDir() {
		return false
	}
	mount, err := cgroup.Mount()
	return err == nil && mount == unified
}

// OpenScopes returns the root of services' cgroups that is made of scopes in
// the slice of that name.
func OpenScopes(bus *Bus, slice string) (*cgroup.Root, error) {
	if !sliceName.MatchString(slice) {
		return nil, fmt.Errorf("open scopes: %q is no name of a slice", slice)
	}
	ctx, cancel := context.WithTimeout(context.Background(), dialTimeout)
	defer cancel()
	top, err := bus.controlGroup(ctx)
	if err != nil {
		return nil, fmt.Errorf("open scopes: %w", err)
	}
	s := &scopes{
		bus: bus, slice: slice, dir: filepath.Join(unified, top, slice+".slice"),
		before: ownUnit(), byName: make(map[string]*scope),
	}
	if s.alive, err = newLifeline(); err != nil {
		return nil, fmt.Errorf("open scopes: %w", err)
	}
	return cgroup.New(s), nil
}

// ownUnit is the service that this process is the main one of, as its cgroup
// tells; empty if it is none.
func ownUnit() string {
	b, _ := os.ReadFile("/proc/self/cgroup")
	for line := range strings.Lines(string(b)) {
		path, ok := strings.CutPrefix(strings.TrimSpace(line), "0::")
		if unit := filepath.Base(path); ok && strings.HasSuffix(unit, ".service") {
			return unit
		}
	}
	return ""
}

// Dir is the directory of a service's scope; of "", that of the slice.
func (s *scopes) Dir(service string) string {
	if service == "" {
		return s.dir
	}
	return filepath.Join(s.dir, s.unit(service))
}

func (s *scopes) unit(service string) string { return s.slice + "-" + service + ".scope" }

// Hold sees that the scope of a service is there and stays.
func (s *scopes) Hold(service string) error {
	sc, err := s.scope(service)
	if err != nil {
		return err
	}
	sc.mu.Lock()
	defer sc.mu.Unlock()
	if sc.holder.lives() {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), holdTimeout)
	defer cancel()
	for wait := holdAgain; ; wait = min(2*wait, holdAtLast) {
		h, err := s.hold(ctx, service)
		if err == nil {
			sc.holder = h
			return nil
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return fmt.Errorf("make %s: %w", s.unit(service), err)
		}
	}
}

func (s *scopes) scope(service string) (*scope, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, errors.New("scopes are closed")
	}
	sc := s.byName[service]
	if sc == nil {
		sc = &scope{}
		s.byName[service] = sc
	}
	return sc, nil
}

// hold puts a holder into the scope: into that which a predecessor has left,
// or into a new one.
func (s *scopes) hold(ctx context.Context, service string) (*holder, error) {
	if _, err := os.Stat(s.Dir(service)); err != nil {
		return s.start(ctx, service)
	}
	st, err := s.bus.state(ctx, s.unit(service))
	switch {
	case err != nil:
		return nil, err
	case st.down():
		return s.start(ctx, service)
	case !st.up():
		return nil, fmt.Errorf("it is %s", st.why())
	}
	h, err := s.alive.spawn(filepath.Join(s.Dir(service), holderGroup))
	if err != nil {
		return nil, err
	}
	// It may have ended meanwhile, and left us in a cgroup that systemd has given up.
	st, err = s.bus.state(ctx, s.unit(service))
	if err == nil && !st.up() {
		err = fmt.Errorf("it is %s by now", st.why())
	}
	if err != nil {
		h.end()
		return nil, err
	}
	return h, nil
}

// start makes the scope around a new holder. The holder moves on into a cgroup
// of its own, as a scope with cgroups below it should have no processes itself.
func (s *scopes) start(ctx context.Context, service string) (*holder, error) {
	h, err := s.alive.spawn("")
	if err != nil {
		return nil, err
	}
	err = s.bus.startTransient(ctx, s.unit(service), s.properties(service, h.pid()))
	if err == nil {
		err = h.move(filepath.Join(s.Dir(service), holderGroup))
	}
	if err != nil {
		h.end()
		return nil, err
	}
	return h, nil
}

// properties of a scope. Its processes are ended all together, by TERM and then
// by KILL (KillMode=control-group), after systemd's own default time-out: srrd
// has stopped what it wanted to stop before.
func (s *scopes) properties(service string, pid int) []sd.Property {
	ps := []sd.Property{
		sd.PropDescription(fmt.Sprintf("%s, a service of SRR (srrctl show %s)", service, service)),
		sd.PropSlice(s.slice + ".slice"),
		property("PIDs", []uint32{uint32(pid)}),
		property("CollectMode", "inactive-or-failed"), // a failed one would be in the way of the next
		property("DelegateControllers", []string{}),   // below it is ours; no controller is switched on for that
	}
	if s.before != "" {
		ps = append(ps, sd.PropBefore(s.before))
	}
	return ps
}

func property(name string, value any) sd.Property {
	return sd.Property{Name: name, Value: dbus.MakeVariant(value)}
}

// Keep lets go of the scopes of services that are not named, and makes those of
// the others ahead. What fails, the first call tells.
func (s *scopes) Keep(services []string) {
	wanted := make(map[string]bool, len(services))
	for _, name := range services {
		wanted[name] = true
	}
	s.mu.Lock()
	s.wanted = wanted
	for name, sc := range s.byName {
		if !wanted[name] {
			delete(s.byName, name)
			go sc.release()
		}
	}
	s.mu.Unlock()
	queue := make(chan string)
	go func() {
		defer close(queue)
		for _, name := range services {
			queue <- name
		}
	}()
	for range holdAtOnce {
		go func() {
			for name := range queue {
				if s.wants(name) {
					_ = s.Hold(name)
				}
			}
		}()
	}
}

func (s *scopes) wants(service string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.wanted[service] && !s.closed
}

func (sc *scope) release() {
	sc.mu.Lock()
	defer sc.mu.Unlock()
	sc.holder.end()
	sc.holder = nil
}

// Close ends all holders; scopes with processes of services stay.
func (s *scopes) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	return s.alive.Close()
}
