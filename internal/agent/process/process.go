// Package process runs the calls of services as processes and keeps account
// of what they leave behind. Agents that call programs are built on it.
//
// A service has up to three kinds of cgroup below srr/NAME, so that "nothing
// of the service is left" is one question to the kernel:
//
//	service  what `start`, `restart` and `reload` run and leave behind
//	base     what the other calls leave behind on purpose: the export of a
//	         disk that `activate` starts, the mailer of `failed`; it ends
//	         with `deactivate`
//	stop.7   one call that is not of the first kind, here the seventh of all,
//	         a `stop`; it is killed as a whole without touching the service
package process

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"sync/atomic"
	"time"

	"srr/internal/agent"
	"srr/internal/agent/cgroup"
	"srr/internal/service"
)

const (
	termGrace = 2 * time.Second // between TERM and KILL
	killGrace = 2 * time.Second // after KILL; what is left then cannot be killed
)

// DefaultPath is the PATH of primitives.
const DefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// Host is what the services of one daemon share.
type Host struct {
	// RunDir holds a directory for each service: results, outputs, process
	// IDs. It must not outlive a boot: /run/srr/services.
	RunDir string
	// Groups is where the cgroups are. Without it only process groups are
	// known: a stop is then verified by its own answer alone.
	Groups *cgroup.Root
	// Path is the PATH of primitives; empty: DefaultPath.
	Path string

	calls atomic.Uint64 // numbers the calls: a service's checks are not its agent's, but share its cgroup

	checksEnded sync.Map // by service: a sync.Once for the checks of a srrd that died
}

// Service runs the calls of one service.
type Service struct {
	host    *Host
	name    string
	dir     string // below Host.RunDir
	pidFile string
}

var validName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,31}$`)

// New prepares a service. PidFile, if not empty, is where the service's
// daemon writes the ID of its main process; the death of that process then
// counts as the service's.
func New(host *Host, name, pidFile string) (*Service, error) {
	if !validName.MatchString(name) {
		return nil, fmt.Errorf("prepare service %q: not a name", name)
	}
	if pidFile != "" && !filepath.IsAbs(pidFile) {
		return nil, fmt.Errorf("prepare service %s: pid file %q: not an absolute path", name, pidFile)
	}
	dir := filepath.Join(host.RunDir, name)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("prepare service %s: %w", name, err)
	}
	return &Service{host: host, name: name, dir: dir, pidFile: pidFile}, nil
}

// Name is the service's name.
func (s *Service) Name() string { return s.name }

// Dir is the service's directory below Host.RunDir, for what an agent must
// find again after a restart of the daemon.
func (s *Service) Dir() string { return s.dir }

// Group returns the cgroup of the service's own processes, or nil if the
// host has none.
func (s *Service) Group() *cgroup.Group { return s.group("service") }

func (s *Service) group(part string) *cgroup.Group {
	if s.host.Groups == nil {
		return nil
	}
	return s.host.Groups.Group(s.name, part)
}

// leaves reports whether the primitive may leave processes of the service
// itself behind.
func leaves(p service.Primitive) bool {
	return p == service.Start || p == service.Restart || p == service.Reload
}

// keeps reports whether what the primitive leaves behind lives on in base.
func keeps(p service.Primitive) bool {
	return p != service.Check && p != service.Status && p != service.Deactivate
}

// Running reports whether processes of the service live, and which.
func (s *Service) Running() (bool, string) {
	g := s.Group()
	if g == nil || g.Empty() {
		return false, "no processes"
	}
	return true, fmt.Sprintf("processes %v in %s", first(g.Processes(), 8), g.Dir())
}

// Probe tells what runs.
func (s *Service) Probe(context.Context) (agent.Found, error) {
	running, text := s.Running()
	return agent.Found{Running: running, Text: text}, nil
}

func first(pids []int, n int) []int { return pids[:min(n, len(pids))] }

// Kill ends the service's processes and earlier calls by force and reports whether
// none is left.
func (s *Service) Kill(ctx context.Context) bool {
	g := s.Group()
	if g == nil || s.endEarlier(ctx, 0) != nil {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, killGrace)
	defer cancel()
	return g.Kill(ctx)
}

// expect notes whether processes are to be there from now on, so that Watch
// can tell a service that died from one that has none, also after a restart
// of the daemon.
func (s *Service) expect(processes bool) {
	path := filepath.Join(s.dir, "expected")
	if processes {
		_ = os.WriteFile(path, nil, 0o600)
	} else {
		_ = os.Remove(path)
	}
}

func (s *Service) expected() bool {
	_, err := os.Lstat(filepath.Join(s.dir, "expected"))
	return !errors.Is(err, os.ErrNotExist)
}
