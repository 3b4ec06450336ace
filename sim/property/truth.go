package property

import (
	"time"

	"srr/internal/node"
	"srr/internal/service"
	"srr/sim/host"
	"srr/sim/script"
)

// truth is what is so, whatever anybody believes.
type truth struct {
	world *script.World
	held  map[*host.Host]map[string]*holding
	ended map[*host.Host]time.Duration // when srrd ended last
	began map[*host.Host]time.Duration // and began
}

// holding is how a machine holds a service.
type holding struct {
	began    time.Duration // of its processes, or of the announcement
	released bool          // srrd took its address back while it could tell the others
}

func newTruth(w *script.World) *truth {
	return &truth{
		world: w, held: map[*host.Host]map[string]*holding{},
		ended: map[*host.Host]time.Duration{}, began: map[*host.Host]time.Duration{},
	}
}

func (t *truth) see(e *host.Effect) string {
	switch e.Kind {
	case host.ProcessBegan, host.AddressAnnounced:
		m := t.held[e.Host]
		if m == nil {
			m = map[string]*holding{}
			t.held[e.Host] = m
		}
		if m[e.Service] == nil {
			m[e.Service] = &holding{began: e.At}
		}
		m[e.Service].released = false
	case host.ProcessEnded, host.AddressWithdrawn:
		if x := t.held[e.Host][e.Service]; x != nil && e.Kind == host.AddressWithdrawn && e.Host.Awake() {
			x.released = true
		}
		if !e.Host.Runs(e.Service) && !e.Host.Announces(e.Service) {
			delete(t.held[e.Host], e.Service)
		}
	case host.Said:
		x := t.held[e.Host][e.Event.Subject]
		if x != nil && e.Event.Kind == node.EventState && e.Event.To == service.Stopping && !e.Host.Announces(e.Event.Subject) {
			x.released = e.Host.Spec(e.Event.Subject).Release == service.ReleaseAddress
		}
	case host.DaemonBegan:
		t.began[e.Host] = e.At
	case host.DaemonEnded:
		t.ended[e.Host] = e.At
	}
	return ""
}

// holds reports whether a machine holds a service in the sense of R2, and
// since when: what is released when its stop was verified is held as long as a
// process exists; what is released with its address, as long as that is
// announced, or a daemon is about to announce it, or died a moment ago.
func (t *truth) holds(h *host.Host, s *service.Spec) (since time.Duration, held bool) {
	x := t.held[h][s.Name]
	if x == nil {
		return 0, false
	}
	if s.Release == service.ReleaseVerified {
		return x.began, h.Runs(s.Name)
	}
	if h.Announces(s.Name) {
		return x.began, true
	}
	if !h.Runs(s.Name) {
		return 0, false
	}
	if c := h.Core(); c != nil {
		state, _ := c.State(s.Name)
		return x.began, state == service.Starting || state == service.Started
	}
	return x.began, !x.released && t.world.Queue.Now() < t.ended[h]+script.Shortest(s.DeadAfter)
}

// quiet reports whether all routers know how the network is: nothing about it
// changed for as long as that takes to be noticed and flooded, and no link loses
// packets.
func (t *truth) quiet() bool {
	now := t.world.Queue.Now()
	if now < t.world.Disturbed()+t.world.Timers.Dead+6*t.world.Timers.Retransmit {
		return false
	}
	for _, l := range t.world.Net.Links() {
		if l.Loses() {
			return false
		}
	}
	return true
}

// slack is how long news may take to be known everywhere while all is quiet.
func (t *truth) slack() time.Duration {
	d := 500 * time.Millisecond
	for _, l := range t.world.Net.Links() {
		d += l.Quality().Delay + l.Quality().Jitter
	}
	return d
}

// mutual reports whether two machines have reached each other for so long that
// each must have heard what was true of the other then.
func (t *truth) mutual(m, other *host.Host, since time.Duration) bool {
	there, ok := m.Router.ReachedSince(other.ID)
	back, mutual := other.Router.ReachedSince(m.ID)
	return ok && mutual && other.On() && t.quiet() && t.world.Queue.Now()-max(there, back, since) > t.slack() && !t.forgot(m, other)
}

// forgot: a machine without its state file, or with one on a disk that lies
// (DurableDisk), does not know that a node is a member that was silent when its own
// srrd began.
func (t *truth) forgot(m, other *host.Host) bool {
	const flooded = 3 * time.Second // the first records may wait for the disk
	return t.world.Forgetful(m) && (!other.Awake() || t.began[other]+flooded > t.began[m])
}

// noticed is how long a start may be under way when its reason has gone: the disk is
// waited for, and other starts.
const noticed = 200 * time.Millisecond

// handed is how long a record in the database may take to reach the core, and what
// follows to happen: a start waits for the disk for 50 ms, and the loop with it.
const handed = 70 * time.Millisecond

// knows reports whether a machine must know by now that another one, which it
// reaches, holds a service since then: its own database says so, or the two have
// reached each other for so long that it must have heard.
func (t *truth) knows(m, other *host.Host, name string, since time.Duration) bool {
	now := t.world.Queue.Now()
	reached, ok := m.Router.ReachedSince(other.ID)
	if !ok || !other.On() || !other.Router.Running() {
		return false
	}
	if r, heard := t.world.Heard(m, other.ID, name); heard && r.Record.Instance.Holds() {
		return now-max(r.Since, reached, m.Router.ListenedSince()) > handed
	}
	return t.mutual(m, other, since)
}

// stoodStill: the machine stood still a moment ago, and may still act on what
// it knew before.
func (t *truth) stoodStill(h *host.Host) bool {
	at, ever := h.StoodStill()
	return ever && t.world.Queue.Now() < at+t.world.Timers.Dead+t.slack()
}
