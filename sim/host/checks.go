package host

import (
	"time"

	"srr/internal/node"
	"srr/internal/service"
)

// checks runs the checks of one life of the daemon. A check that would say up
// again is not run: nothing would follow from it. It is asked for again when
// something changes that it would notice.
type checks struct {
	d    *daemon
	jobs map[string]*job
}

type job struct {
	want    node.CheckWant
	round   int           // plans of an older round are void
	next    time.Duration // 0: none is planned
	said    service.Health
	hasSaid bool
	flips   int
}

func newChecks(d *daemon) *checks { return &checks{d: d, jobs: map[string]*job{}} }

// set tells how checks of a service should run; nil: not at all.
func (c *checks) set(s *service.Spec, want *node.CheckWant) {
	j := c.jobs[s.Name]
	if want == nil {
		if j != nil {
			j.round++
			delete(c.jobs, s.Name)
		}
		return
	}
	fresh := j == nil
	if fresh {
		j = &job{}
		c.jobs[s.Name] = j
	}
	again := fresh || j.want.Now != want.Now || j.want.Every != want.Every
	now := fresh || j.want.Now != want.Now
	j.want = *want
	switch {
	case now: // whoever asks has forgotten what it said
		j.hasSaid = false
		c.plan(s, j, 0)
	case again:
		c.plan(s, j, c.interval(s, j))
	}
}

func (c *checks) interval(s *service.Spec, j *job) time.Duration {
	if j.want.Every > 0 {
		return j.want.Every
	}
	return s.CheckInterval
}

// changed: a check may say something else from now on. The next regular one
// will notice.
func (c *checks) changed(name string) {
	if j := c.jobs[name]; j != nil && j.next == 0 {
		s := c.d.host.spec(name)
		c.plan(s, j, c.d.host.env.between(0, c.interval(s, j)))
	}
}

func (c *checks) plan(s *service.Spec, j *job, after time.Duration) {
	j.round++
	round := j.round
	took := c.d.host.env.between(time.Millisecond, 20*time.Millisecond)
	if c.d.host.behaviour(s.Name, service.Check) == Slow {
		took = 2 * time.Second
	}
	j.next = c.d.host.now() + after
	c.d.after(after+took, func() {
		if j.round == round {
			c.report(s, j)
		}
	})
}

func (c *checks) report(s *service.Spec, j *job) {
	j.next = 0
	health := c.health(s, j)
	if health != service.Up || !j.hasSaid || j.said != health || j.want.Every > 0 {
		c.d.tell(node.Checked{Service: s.Name, Health: health, Text: "probe"})
		j.said, j.hasSaid = health, true
	}
	if b := c.d.host.behaviour(s.Name, service.Check); health != service.Up || b != Works || j.want.Every > 0 {
		c.plan(s, j, c.interval(s, j))
	}
}

// health is what a check finds now.
func (c *checks) health(s *service.Spec, j *job) service.Health {
	switch b := c.d.host.behaviour(s.Name, service.Check); {
	case b == CannotRun:
		return service.Unknown
	case b == Down || b == Fails || b == Hangs || !c.d.host.procs[s.Name] && s.Primitives[service.Start]:
		return service.Down
	case b == Flaps:
		j.flips++
		if j.flips%2 == 1 {
			return service.Down
		}
	}
	return service.Up
}

// FailsCheck reports whether a check of the service may not say up, or did not when it
// ran last.
func (h *Host) FailsCheck(name string) bool {
	s := h.spec(name)
	if s == nil || !s.HasCheck {
		return false
	}
	if h.daemon != nil {
		if j := h.daemon.checks.jobs[name]; j != nil && j.hasSaid && j.said != service.Up {
			return true
		}
	}
	return h.behaviour(name, service.Check) != Works
}
