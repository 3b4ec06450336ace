package whatif

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"srr/internal/service"
	"srr/sim/host"
	"srr/sim/network"
)

// Answer is what would happen.
type Answer struct {
	// Differences are what came out differently in the simulated cluster before
	// anything was done to it: if there are any, the rest is about another cluster.
	Differences []string
	Assumptions []string
	Replies     []string // of the nodes, to operators' verbs
	Units       []Change // of units of which anything changes, by name
	Same        int      // how many others there are
	Events      []Event
	Took        time.Duration // until everything was at rest
	Restless    bool          // it was not
}

// Change is what becomes of a unit.
type Change struct {
	Unit   service.Unit
	Before []string // nodes that run it
	After  []string
	Apart  []string      // nodes that run it after that, out of sight of most routers
	Gap    time.Duration // the longest time for which nobody answered
	Dark   bool          // nobody answers at the end
	Why    string
}

// Lost reports whether a unit that ran runs nowhere any more.
func (c *Change) Lost() bool { return len(c.Before) > 0 && (len(c.After) == 0 || c.Dark) }

// Ask answers what if: a line in the words of Translate. Stop is asked now and
// then whether to give up, with ErrStopped.
func (m *Model) Ask(line string, stop func() bool) (*Answer, error) {
	commands, err := m.Translate(line)
	if err != nil {
		return nil, err
	}
	w := m.newWorld(nil, false, stop)
	return w.ask(commands, nil)
}

// AskConfig answers what if the node that asks were configured so.
func (m *Model) AskConfig(specs []service.Spec, stop func() bool) (*Answer, error) {
	w := m.newWorld(nil, false, stop)
	return w.ask(nil, func() {
		w.declare(specs)
		w.Host(m.self()).Reconfigure(specs)
	})
}

// ask continues the picture, does what is asked about, and tells what follows.
func (w *world) ask(commands []string, change func()) (*Answer, error) {
	a := &Answer{}
	if err := w.fits(); err != nil {
		return nil, err
	}
	if err := w.begin(); errors.Is(err, errRestless) {
		a.Restless = true
	} else if err != nil {
		return nil, err
	}
	a.Differences = w.differences()
	before := w.holders()
	w.seen.begin()
	for _, c := range commands {
		if err := w.Do(c); err != nil {
			return nil, &WordError{fmt.Sprintf("%s: %v", c, err)}
		}
	}
	if change != nil {
		change()
	}
	w.seen.look()
	if err := w.rest(); errors.Is(err, errRestless) {
		a.Restless = true
	} else if err != nil {
		return nil, err
	}
	w.conclude(a, before)
	return a, nil
}

// differences compares what came to rest with the picture.
func (w *world) differences() (out []string) {
	for _, h := range w.sortedHosts() {
		x := w.hosts[h]
		switch {
		case x.down || x.silent:
			continue
		case h.Core() == nil:
			out = append(out, "srrd on "+x.name+" does not run in the simulation")
			continue
		}
		for _, s := range h.Services() {
			was := x.instance(s.Name).state
			is, known := h.Core().State(s.Name)
			if known && is != was && settled(was) {
				out = append(out, fmt.Sprintf("%s on %s is %s; in the simulation it became %s", s.Name, x.name, was, is))
			}
		}
	}
	return out
}

// holders are the machines that run each service.
func (w *world) holders() map[string][]*host.Host {
	out := map[string][]*host.Host{}
	for _, h := range w.sortedHosts() {
		if h.Core() == nil || !h.On() {
			continue
		}
		for _, s := range h.Services() {
			if state, _ := h.Core().State(s.Name); state == service.Started {
				out[s.Name] = append(out[s.Name], h)
			}
		}
	}
	return out
}

// conclude tells what has changed for each unit.
func (w *world) conclude(a *Answer, before map[string][]*host.Host) {
	view, parts := w.joined()
	after := w.holders()
	for _, u := range w.units() {
		c := w.compare(u, before, after, view)
		if slices.Equal(c.Before, c.After) && c.Gap == 0 && len(c.Apart) == 0 && !c.Dark {
			a.Same++
			continue
		}
		c.Why = w.why(&c, view)
		a.Units = append(a.Units, c)
	}
	a.Replies, a.Events = w.seen.replies, w.seen.order()
	a.Took = w.seen.last - w.seen.at
	a.Assumptions = slices.Concat(w.model.assumed, w.returned(), w.assumptions(parts))
}

// units are those of the world, by name.
func (w *world) units() []service.Unit {
	seen := map[service.Unit]bool{}
	for _, u := range w.Units() {
		seen[u] = true
	}
	var out []service.Unit
	for u := range seen {
		out = append(out, u)
	}
	slices.SortFunc(out, func(a, b service.Unit) int { return strings.Compare(a.String(), b.String()) })
	return out
}

func (w *world) compare(u service.Unit, before, after map[string][]*host.Host, view map[*network.Router]bool) Change {
	c := Change{Unit: u}
	for _, s := range w.Members(u) {
		for _, h := range before[s.Name] {
			c.Before = append(c.Before, h.Name)
		}
		for _, h := range after[s.Name] {
			if view[h.Router] {
				c.After = append(c.After, h.Name)
			} else {
				c.Apart = append(c.Apart, h.Name)
			}
		}
		if g := w.seen.gaps[s.Name]; g != nil {
			c.Gap, c.Dark = max(c.Gap, g.longest), c.Dark || g.dark
		}
	}
	for _, list := range []*[]string{&c.Before, &c.After, &c.Apart} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	return c
}

// returned says where nodes stand that were down in the picture and are not now:
// nothing tells.
func (w *world) returned() (out []string) {
	for _, h := range w.sortedHosts() {
		if w.hosts[h].down && h.On() {
			out = append(out, fmt.Sprintf("%s was down: it stands right behind %s, and is configured as its last records tell", h.Name, w.model.self()))
		}
	}
	return out
}

// assumptions are those that every answer rests on.
func (w *world) assumptions(parts int) []string {
	t := w.Timers
	how := fmt.Sprintf("OSPF's dead interval, %s", t.Dead)
	if t.BFD > 0 {
		how = fmt.Sprintf("BFD, %s", t.BFD)
	}
	out := []string{
		"the loss of a neighbor is noticed by " + how + ", on every link as on this node's",
		fmt.Sprintf("primitives take what they last took on this node, others %s; they succeed", assumedTook),
		"clients see a new address as soon as it is announced: routers take some tens of milliseconds more",
	}
	if parts > 1 {
		out = append(out, fmt.Sprintf("the network falls into %d parts; what is answered is seen from the largest", parts))
	}
	return out
}
