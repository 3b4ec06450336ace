package whatif

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"srr/internal/node"
	"srr/internal/routerid"
	"srr/internal/service"
	"srr/sim/host"
	"srr/sim/network"
)

// Event is one thing that would happen.
type Event struct {
	After   time.Duration // since the event that was asked about
	Node    string
	Service string // "" if it is about the node
	From    string // states; "" if none changed
	To      string
	Reason  string
	Detail  string
}

// observer sees everything that happens in a world.
type observer struct {
	w       *world
	last    time.Duration // when anything changed
	calls   map[*host.Host]int
	answers map[string]map[*host.Host]bool // who announces a service, or runs a resource

	asked   bool // what was asked about has happened
	at      time.Duration
	events  []Event
	told    map[string]bool // what is told only once
	replies []string
	gaps    map[string]*gap
}

// gap is how long nobody answers for a service.
type gap struct {
	since   time.Duration
	dark    bool
	longest time.Duration
}

func newObserver(w *world) *observer {
	return &observer{
		w: w, calls: map[*host.Host]int{}, answers: map[string]map[*host.Host]bool{},
		told: map[string]bool{}, gaps: map[string]*gap{},
	}
}

// busy reports whether a primitive is running anywhere.
func (o *observer) busy() bool {
	for h, n := range o.calls {
		if n > 0 && h.On() && !h.Paused() {
			return true
		}
	}
	return false
}

// begin: what is asked about happens now.
func (o *observer) begin() {
	o.asked, o.at, o.last = true, o.w.Queue.Now(), o.w.Queue.Now()
	for name := range o.answers {
		if o.answered(name) {
			o.gaps[name] = &gap{}
		}
	}
}

// look looks anew whether each service is answered: who can be reached has changed.
func (o *observer) look() {
	for name := range o.gaps {
		o.touch(name)
	}
}

func (o *observer) reply(text string) {
	if o.asked {
		o.replies = append(o.replies, text)
	}
}

func (o *observer) see(e *host.Effect) {
	if changes(e) {
		o.last = e.At
	}
	switch e.Kind {
	case host.CallBegan:
		o.calls[e.Host]++
	case host.CallEnded:
		o.calls[e.Host]--
	case host.DaemonEnded:
		o.calls[e.Host] = 0
	case host.AddressAnnounced:
		o.answer(e.Host, e.Service, true)
	case host.AddressWithdrawn:
		o.answer(e.Host, e.Service, false)
	case host.ProcessEnded:
		if s := e.Host.Spec(e.Service); s != nil && s.Resource() {
			o.answer(e.Host, e.Service, false)
		}
	case host.Said:
		o.said(e)
	}
	if o.asked {
		o.record(e)
	}
}

// changes reports whether an effect is a change. Calls are not, nor what is said
// without one: what could not be stopped is looked at again for ever.
func changes(e *host.Effect) bool {
	switch e.Kind {
	case host.CallBegan, host.CallEnded, host.Operator:
		return false
	case host.Said:
		return e.Event.From != e.Event.To
	}
	return true
}

// said keeps who runs a resource: it has no address by which one would know.
func (o *observer) said(e *host.Effect) {
	if e.Event.Kind != node.EventState {
		return
	}
	if s := e.Host.Spec(e.Event.Subject); s != nil && s.Resource() {
		o.answer(e.Host, s.Name, e.Event.To == service.Started)
	}
}

func (o *observer) answer(h *host.Host, name string, does bool) {
	if o.answers[name] == nil {
		o.answers[name] = map[*host.Host]bool{}
	}
	o.answers[name][h] = does
	o.touch(name)
}

// touch notes when a service ceases to be answered, and when it is again.
func (o *observer) touch(name string) {
	g := o.gaps[name]
	if g == nil {
		return
	}
	now, up := o.w.Queue.Now(), o.answered(name)
	switch {
	case !up && !g.dark:
		g.dark, g.since = true, now
	case up && g.dark:
		g.dark, g.longest = false, max(g.longest, now-g.since)
	}
}

// answered reports whether somebody answers who can be reached: from where most
// routers are.
func (o *observer) answered(name string) bool {
	var view map[*network.Router]bool
	for h, does := range o.answers[name] {
		if !does {
			continue
		}
		if view == nil {
			view, _ = o.w.joined()
		}
		if view[h.Router] {
			return true
		}
	}
	return false
}

// record tells an effect to people, if it is anything to them.
func (o *observer) record(e *host.Effect) {
	r := Event{After: e.At - o.at, Node: e.Host.Name, Service: e.Service}
	switch e.Kind {
	case host.Said:
		o.recordSaid(e, r)
		return
	case host.AddressAnnounced:
		r.To, r.Reason = "announced", "its address is announced"
	case host.AddressWithdrawn:
		r.To, r.Reason = "withdrawn", "its address is withdrawn"
	case host.CallEnded:
		if e.Result.Outcome == service.OK || e.Result.Outcome == service.CannotRun && e.Result.Text == host.Cancelled {
			return
		}
		r.Reason, r.Detail = "primitive "+e.Call.Primitive.String()+" "+e.Result.Outcome.String(), e.Result.Text
		if e.Call.Primitive == service.Stop && !o.first(r.Node+" "+r.Service+" "+r.Reason) {
			return
		}
	case host.DaemonBegan:
		r.Reason = "srrd starts"
	case host.DaemonEnded:
		r.Reason, r.Detail = "srrd ends", e.Text
	case host.Broken:
		r.Reason, r.Detail = "srrd would panic: this is a bug", e.Text
	default:
		return
	}
	o.events = append(o.events, r)
}

func (o *observer) recordSaid(e *host.Effect, r Event) {
	v := e.Event
	r.Reason, r.Detail = string(v.Reason), o.w.model.named(v.Detail)
	switch v.Kind {
	case node.EventState:
		r.Service, r.From, r.To = v.Subject, v.From.String(), v.To.String()
	case node.EventNode:
		r.Reason = ""
	case node.EventPeer: // everybody notices the same
		what := o.w.model.named(v.Subject) + ": " + v.Detail
		if strings.Contains(v.Detail, "runs srrd") || !o.first(what) {
			return
		}
		r.Detail = what
	default:
		return
	}
	o.events = append(o.events, r)
}

// first reports whether something is told for the first time.
func (o *observer) first(what string) bool {
	was := o.told[what]
	o.told[what] = true
	return !was
}

// quad is a router ID in a text.
var quad = regexp.MustCompile(`\b\d+\.\d+\.\d+\.\d+\b`)

// named puts names in the place of router IDs.
func (m *Model) named(text string) string {
	return quad.ReplaceAllStringFunc(text, func(s string) string {
		if id, err := routerid.Parse(s); err == nil && m.names[id] != "" {
			return m.names[id]
		}
		return s
	})
}

// order sorts what happened; things of one instant stay as they came.
func (o *observer) order() []Event {
	slices.SortStableFunc(o.events, func(a, b Event) int { return int(a.After - b.After) })
	return o.events
}
