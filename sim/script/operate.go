package script

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	core "srr/internal/node"
	"srr/internal/routerid"
	"srr/internal/service"
	"srr/sim/host"
)

// operate reads `do HOST VERB [SUBJECT] [NODE] [--stop]`: an operator's command
// to the srrd of a host. It may be refused; that is the answer.
func (w *World) operate(l Line) error {
	h := w.byName[l.Words[1]]
	if h == nil {
		return fmt.Errorf("no host %q", l.Words[1])
	}
	c := core.Command{Verb: core.Verb(l.Words[2]), Author: "op"}
	for _, word := range l.Words[3:] {
		switch {
		case word == "--stop":
			c.Stop = true
		case word == "on" || word == "off":
			c.Verb += core.Verb(" " + word)
		case w.byName[word] != nil:
			c.Node = w.byName[word].ID
		default:
			c.Subject = word
		}
	}
	for _, o := range l.Options {
		if o.Key == "for" {
			d, err := duration(o.Value)
			if err != nil {
				return err
			}
			c.Until = h.Wall().Add(d)
		}
	}
	c.Unit = w.Unit(c.Subject)
	if c.Verb == core.ConfirmedStopped {
		w.confirms(c.Node, c.Subject)
	}
	reply, err := h.Do(c)
	if err != nil {
		reply = err.Error()
	}
	if w.Replies != nil {
		w.Replies(strings.Join(l.Words, " "), reply)
	}
	return nil
}

// mend repairs a node as a person would: power, processes, disk, clocks, links,
// and what its services do.
func (w *World) mend(n node) {
	for _, k := range w.Net.Links() {
		k.SetCarrier(n.router, true)
		k.SetDeaf(n.router, false)
		k.SetMute(n.router, false)
		k.SetLoss(n.router, 0)
		k.SetPart(n.router, 0)
	}
	if n.host == nil {
		n.router.Freeze(false)
		n.router.Start()
		return
	}
	n.host.Mend()
	for _, s := range n.host.Services() { // who looks sees what a stop has left
		if w.Lied(n.host, s.Name) && n.host.Runs(s.Name) && !runsWell(n.host, s.Name) {
			n.host.Purge(s.Name)
		}
	}
}

// attend is an operator who looks at what a node is waiting for, and confirms
// what nobody else can: that a service does not run where nothing is known of
// it, or where it could not be stopped.
func (w *World) attend(h *host.Host, _ Line) error {
	if !h.Awake() {
		return nil
	}
	for _, text := range w.stuck(h) {
		if err := w.Do(fmt.Sprintf("do %s confirm-stopped %s", h.Name, text)); err != nil {
			return err
		}
	}
	return nil
}

// stuck lists what a node waits for: service and host.
func (w *World) stuck(h *host.Host) (list []string) {
	for _, s := range h.Services() {
		if state, _ := h.Core().State(s.Name); state == service.FailedHeld {
			list = append(list, s.Name+" "+h.Name)
		}
	}
	for _, p := range h.Core().Peers() {
		other := w.ByID(p.ID)
		if other == nil {
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(p.Unknown)) {
			if runsWell(other, name) {
				continue
			}
			list = append(list, name+" "+other.Name)
		}
		for _, r := range p.Instances {
			name := r.Instance.Service
			if r.Instance.State == service.FailedHeld && h.Core().Reaches(p.ID) && h.Spec(name) != nil {
				list = append(list, name+" "+other.Name)
			}
		}
	}
	return list
}

// runsWell: whoever looks at the host sees that its srrd starts or runs the service, or
// is just being started and may find it running, and gives nobody his word that it
// does not.
func runsWell(h *host.Host, name string) bool {
	if h.Probing() {
		return true
	}
	if !h.Awake() {
		return false
	}
	state, _ := h.Core().State(name)
	return state == service.Starting || state == service.Started
}

// confirms: an operator gives his word only after he has seen to it, where he can.
func (w *World) confirms(id routerid.ID, name string) {
	h := w.ByID(id)
	if h == nil {
		return
	}
	w.confirmed[place{h, name}] = w.Queue.Now()
	if h.Paused() && h.Runs(name) {
		w.breaks(HonestOperator, h.Name+" "+name)
		return
	}
	h.Purge(name)
}

// Unit is the unit of a service or group.
func (w *World) Unit(subject string) service.Unit {
	for _, d := range w.services {
		if d.spec.Group != "" && (d.spec.Group == subject || d.spec.Name == subject) {
			return d.spec.Unit()
		}
	}
	return service.Unit{Name: subject}
}

// Members are the services of a unit, on any machine, sorted by name.
func (w *World) Members(u service.Unit) []*service.Spec {
	var out []*service.Spec
	for _, d := range w.services {
		if d.spec.Unit() == u {
			out = append(out, &d.spec)
		}
	}
	return out
}

// Units are all units, sorted by name.
func (w *World) Units() []service.Unit {
	var out []service.Unit
	seen := map[service.Unit]bool{}
	for _, d := range w.services {
		if u := d.spec.Unit(); !seen[u] {
			seen[u] = true
			out = append(out, u)
		}
	}
	return out
}
