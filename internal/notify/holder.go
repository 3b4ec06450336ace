package notify

import (
	"maps"
	"slices"

	"srr/internal/api"
	"srr/internal/routerid"
	"srr/internal/service"
)

// holder is who ran a unit when it was last seen to run.
type holder struct {
	node   routerid.ID
	intent api.Intent // the operators' last word when that began
}

// failovers returns what this node runs now and another one ran before. Whoever
// runs a unit tells that. Units that are gone are forgotten; those that this node
// may run are always there.
func (w *Watcher) failovers(s *api.Snapshot) (out []Notice) {
	members := decisive(s)
	before := w.holders
	w.holders = make(map[string]holder, len(s.Units))
	for i := range s.Units {
		u := &s.Units[i]
		was, known := before[u.Word()]
		now, ok := holderOf(members[service.Unit{Name: u.Name, Group: u.Group}])
		switch {
		case known && (!ok || was.node == now): // in between, or not at all: remember who had it
			w.holders[u.Word()] = was
			continue
		case !ok:
			continue
		}
		next := holder{node: now}
		if u.Intent != nil {
			next.intent = *u.Intent
		}
		w.holders[u.Word()] = next
		if known && now == s.RouterID {
			m := move{s, u, members[service.Unit{Name: u.Name, Group: u.Group}], was}
			out = append(out, m.notices()...)
		}
	}
	return out
}

// decisive are the members that move each unit: the critical ones, or all if
// there are none.
func decisive(s *api.Snapshot) map[service.Unit][]*api.Service {
	all, critical := map[service.Unit][]*api.Service{}, map[service.Unit][]*api.Service{}
	for i := range s.Services {
		svc := &s.Services[i]
		u := svc.Unit()
		all[u] = append(all[u], svc)
		if svc.Critical || !u.Group {
			critical[u] = append(critical[u], svc)
		}
	}
	maps.Copy(all, critical)
	return all
}

// holderOf is the one node that runs all that runs of a unit's decisive members,
// while none of them starts or stops.
func holderOf(members []*api.Service) (on routerid.ID, ok bool) {
	for _, svc := range members {
		if slices.ContainsFunc(svc.Between(), func(i *api.Instance) bool { return i.Hold != api.Released }) {
			return 0, false
		}
		for _, i := range svc.Running() {
			if on != 0 && on != i.RouterID {
				return 0, false
			}
			on = i.RouterID
		}
	}
	return on, on != 0
}

// move is a unit that this node runs now, and another one ran before.
type move struct {
	s       *api.Snapshot
	u       *api.Unit
	members []*api.Service // the decisive ones
	was     holder
}

// notices tells of the move unless it was planned.
func (m *move) notices() []Notice {
	why, planned := m.cause()
	if planned {
		return nil
	}
	from, to := m.s.NodeTitle(m.was.node), m.s.NodeTitle(m.s.RouterID)
	return []Notice{cleaned(Notice{
		Event: Failover, Subject: m.u.Title(), At: m.s.At, From: from, To: to, Why: why,
		Text:   "runs on " + to + " now, before on " + from + ": " + why,
		Advice: "srrctl explain " + m.u.Word(),
	})}
}

// cause says why a unit left the node that it was on, and whether an operator
// wanted that.
func (m *move) cause() (why string, planned bool) {
	s, u, was := m.s, m.u, m.was
	name := s.NodeTitle(was.node)
	i := slices.IndexFunc(s.Nodes, func(n api.Node) bool { return n.RouterID == was.node })
	switch {
	case i < 0:
		return "nothing is known of " + name + " any more", false
	case s.Nodes[i].Has(api.FlagLeaving), s.Nodes[i].Has(api.FlagDrained):
		return "", true
	case s.Nodes[i].State == api.NodeDown:
		return name + " cannot be reached", false
	case s.Nodes[i].Has(api.FlagCutOff):
		return name + " is cut off", false
	}
	if why := m.failure(); why != "" {
		return why, false
	}
	if s.Nodes[i].State == api.NodeSilent {
		return "the daemon of " + name + " says nothing", false
	}
	if u.Intent != nil && *u.Intent != was.intent || m.gone() {
		return "", true
	}
	return s.NodeTitle(s.RouterID) + " ranks better", false
}

// failure is that of a member on the old node; "" for none.
func (m *move) failure() string {
	for _, svc := range m.members {
		for i := range svc.Instances {
			in := &svc.Instances[i]
			if in.RouterID != m.was.node {
				continue
			}
			switch in.State {
			case service.FailedReleased.String(), service.FailedHeld.String(), service.Refused.String():
				why := svc.Name + " failed on " + in.Title()
				if f := in.Failure; f != nil {
					why += ": " + f.Code
					if f.Text != "" {
						why += ": " + f.Text
					}
				}
				return why
			}
		}
	}
	return ""
}

// gone reports whether the old node takes no part any more with some member: it was
// deactivated or disabled there.
func (m *move) gone() bool {
	for _, svc := range m.members {
		inst := svc.On(m.was.node)
		if inst == nil {
			return true
		}
		switch inst.State {
		case service.Disabled.String(), service.Inactive.String(), service.Deactivated.String():
			return true
		}
	}
	return false
}
