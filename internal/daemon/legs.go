package daemon

import (
	"strings"
	"time"

	"srr/internal/config"
	"srr/internal/node"
	"srr/internal/service"
)

// legs measures how long each part of a start takes here: from the loss of a node, if
// one was lost just before, until the service answers and routers are told of it. How
// long a node was dead before that was noticed nobody here can know.
type legs struct {
	lost   string // the node that was lost last
	lostAt time.Duration
	open   map[string]*takeover // by service
}

// takeover is a start that is not over.
type takeover struct {
	lost                                                  string
	lostAt, decided, called, started, answered, announced time.Duration // boot time; 0: not yet, or never
}

// recentLoss is how long after the loss of a node a start is put down to it.
const recentLoss = 10 * time.Second

// note takes an event of the core.
func (l *legs) note(e node.Event) {
	switch {
	case e.Kind == node.EventPeer && e.Detail == node.PeerLost:
		l.lost, l.lostAt = e.Subject, e.At.Boot
	case e.Kind != node.EventState:
	case e.To == service.Starting:
		t := &takeover{decided: e.At.Boot}
		if l.lost != "" && e.At.Boot-l.lostAt < recentLoss {
			t.lost, t.lostAt = l.lost, l.lostAt
		}
		if l.open == nil {
			l.open = map[string]*takeover{}
		}
		l.open[e.Subject] = t
	case e.To == service.Started && l.open[e.Subject] != nil:
		l.open[e.Subject].started = e.At.Boot
	default:
		delete(l.open, e.Subject)
	}
}

// progress is what is true of a service now.
type progress struct {
	called    bool // `start` runs
	answers   bool // its check says up
	announced bool
}

// look notes what has come true, and reports whether that is all there is to come.
func (t *takeover) look(now time.Duration, s *config.Service, p progress) (over bool) {
	first := func(at *time.Duration, is bool) {
		if is && *at == 0 {
			*at = now
		}
	}
	first(&t.called, p.called)
	first(&t.answered, p.answers && t.started != 0)
	first(&t.announced, p.announced)
	return t.started != 0 && (t.answered != 0 || !s.HasCheck) && (t.announced != 0 || len(s.Addresses) == 0)
}

// String names each leg with how long it took.
func (t *takeover) String() string {
	var words []string
	at := t.decided
	if t.lost != "" {
		words, at = append(words, span(t.decided-t.lostAt)+" to decide after the loss of "+t.lost), t.lostAt
	}
	if t.called != 0 {
		words = append(words, span(t.called-t.decided)+" until it was free and the address here", span(t.started-t.called)+" to start")
	} else {
		words = append(words, span(t.started-t.decided)+" until it was free and the address here")
	}
	last := t.started
	if t.answered != 0 {
		words, last = append(words, span(t.answered-t.started)+" until the first answer"), max(last, t.answered)
	}
	if t.announced != 0 {
		words, last = append(words, span(max(t.announced-last, 0))+" to announce"), max(last, t.announced)
	}
	return strings.Join(words, ", ") + "; " + span(last-at) + " in all"
}

func span(d time.Duration) string { return d.Round(time.Millisecond).String() }

// lookAtLegs writes down what has just come to its end.
func (d *Daemon) lookAtLegs() {
	now := bootTime()
	for name, t := range d.legs.open {
		s := d.byName[name]
		if s == nil {
			delete(d.legs.open, name)
			continue
		}
		call, calls := d.applied.calls[name]
		p := progress{calls && call.Primitive == service.Start, d.core.Health(name) == service.Up, d.applied.facts[name].Announced}
		if t.look(now, s, p) {
			delete(d.legs.open, name)
			d.tookOver(name, t)
		}
	}
}
