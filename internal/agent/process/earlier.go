package process

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"srr/internal/agent/cgroup"
	"srr/internal/service"
)

// EndEarlier is called before every call. It ends the calls that were begun
// earlier and still run: those of a srrd that died, and of our own those that
// could not be killed. A `start` that goes on would mount what `stop` has
// unmounted. An error tells that one is left: the next must not begin, and
// nothing is verified.
//
// But for check and status, the calls of a service run one after the other, so
// that none of ours is under way. Those two change nothing of the service: they
// run beside others, and end none of them.
func (s *Service) EndEarlier(ctx context.Context, p service.Primitive) error {
	if ctx.Err() != nil {
		return errors.New("cancelled")
	}
	once, _ := s.host.checksEnded.LoadOrStore(s.name, new(sync.Once))
	once.(*sync.Once).Do(s.endChecks)
	if beside(p.String()) {
		return nil
	}
	return s.endEarlier(ctx, termGrace)
}

// beside reports whether the primitive may run beside others.
func beside(primitive string) bool {
	return primitive == service.Check.String() || primitive == service.Status.String()
}

// informs reports whether what is left of the primitive changes nothing of the
// service: it is ended, too, but one that cannot be keeps nobody from a stop.
func informs(primitive string) bool {
	return primitive == service.Join.String() || primitive == service.Leave.String() || primitive == service.Failed.String()
}

func (s *Service) endEarlier(ctx context.Context, grace time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, grace+killGrace)
	defer cancel()
	notes, err := filepath.Glob(filepath.Join(s.dir, "*"+noteEnd))
	for _, n := range notes {
		err = errors.Join(err, s.endNoted(ctx, note(n), grace))
	}
	calls, cerr := s.callGroups()
	left := make([]error, len(calls))
	var all sync.WaitGroup
	for i, c := range calls {
		if beside(c.primitive) {
			continue
		}
		all.Go(func() {
			if !c.Terminate(ctx, grace) && !informs(c.primitive) {
				left[i] = fmt.Errorf("an earlier %s cannot be ended: processes %v", c.primitive, first(c.Processes(), 8))
			}
			_ = c.Remove()
		})
	}
	all.Wait()
	return errors.Join(err, cerr, errors.Join(left...))
}

// endChecks ends the check and status calls of a srrd that died, by force:
// nobody waits for them. There are none of our own yet.
func (s *Service) endChecks() {
	ctx, cancel := context.WithTimeout(context.Background(), killGrace)
	defer cancel()
	calls, _ := s.callGroups()
	for _, c := range calls {
		if beside(c.primitive) {
			c.Kill(ctx)
		}
	}
}

// callGroup is the cgroup of one call, PRIMITIVE.N.
type callGroup struct {
	*cgroup.Group
	primitive string
}

func (s *Service) callGroups() (calls []callGroup, err error) {
	if s.host.Groups == nil {
		return nil, nil
	}
	groups, err := s.host.Groups.Group(s.name).Children()
	for _, g := range groups {
		if primitive, _, ok := strings.Cut(filepath.Base(g.Dir()), "."); ok {
			calls = append(calls, callGroup{g, primitive})
		}
	}
	return calls, err
}

// note is the path of a file, PRIMITIVE.N.call, that tells of a call which runs
// without a cgroup of its own. "" is none.
type note string

const noteEnd = ".call"

// begin leaves the note before there is a process, so that no moment is without.
func (n note) begin() error {
	if n == "" {
		return nil
	}
	return os.WriteFile(string(n), nil, 0o600)
}

func (n note) is(pid int) {
	if n != "" {
		start, _ := StartTime(pid) // 0 if it has ended already
		_ = os.WriteFile(string(n), fmt.Appendf(nil, "%d %d\n", pid, start), 0o600)
	}
}

func (n note) remove() {
	if n != "" {
		_ = os.Remove(string(n))
	}
}

// endNoted ends a call that has left a note, or moves it to a cgroup of its own,
// where it is found until it has ended. What it has started in other sessions is
// the service's.
func (s *Service) endNoted(ctx context.Context, n note, grace time.Duration) error {
	text, err := os.ReadFile(string(n))
	if errors.Is(err, fs.ErrNotExist) {
		return nil // it has ended by now
	}
	if err != nil {
		return err
	}
	var pid int
	var start uint64
	_, err = fmt.Sscan(string(text), &pid, &start)
	known := err == nil && pid > 1
	now, err := StartTime(pid)
	runs := known && err == nil && now == start
	id := strings.TrimSuffix(filepath.Base(string(n)), noteEnd)
	switch g := s.group(id); {
	case g == nil && runs && !endSession(ctx, pid, start, grace):
		return fmt.Errorf("an earlier call %s cannot be ended: process %d", id, pid)
	case g != nil && (runs || !known):
		// Whoever died before it could tell the process may have begun any of
		// them: then all end, and the service is found dead.
		if !g.Adopt(s.Group(), func(p int) bool { return !known || session(p) == pid }) {
			return fmt.Errorf("an earlier call %s cannot be told from the service: process %d", id, pid)
		}
	}
	n.remove()
	return nil
}

func session(pid int) int {
	sid, _ := unix.Getsid(pid)
	return sid
}

// endSession ends the leader of a session and its process group, which is all
// that is known without cgroups.
func endSession(ctx context.Context, pid int, start uint64, grace time.Duration) bool {
	soft, cancel := context.WithTimeout(ctx, grace)
	defer cancel()
	_ = syscall.Kill(-pid, syscall.SIGTERM)
	_ = WaitExit(soft, pid, start)
	_ = syscall.Kill(-pid, syscall.SIGKILL)
	return WaitExit(ctx, pid, start) == nil
}
