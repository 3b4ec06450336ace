package selection

import (
	"slices"

	"srr/internal/discovery"
	"srr/internal/routerid"
	"srr/internal/service"
)

// Elsewhere is what a node that can be reached says of a service of the unit that it has
// in another unit: nodes disagree about the group of the service. Neither is a candidate
// of the other's unit, so the ranking says nothing about the two, and who may run the
// service is decided by what is equal on both sides, the service itself (decision 113).
type Elsewhere struct {
	Node     routerid.ID
	Flags    discovery.NodeFlags
	Instance *discovery.Instance
	Failed   bool // a critical member of that unit has failed there, so it does not start the others
}

// wants reports whether the node holds the service, or might start it: after a word of an
// operator, at any moment.
func (e *Elsewhere) wants() bool {
	return holdOf(e.Instance) != HoldsNothing || e.Instance.State == service.Stopped && !e.Failed &&
		!e.Instance.Flags.Has(discovery.Leaving) &&
		e.Flags&(discovery.CutOff|discovery.JoinGate|discovery.DrainHard|discovery.NodeLeaving) == 0
}

// Bars reports whether a node with these facts has to leave the service to that one.
func (e *Elsewhere) Bars(f *Facts) bool {
	if e.Node == f.Node || !e.wants() {
		return false
	}
	mine := Elsewhere{Node: f.Node, Flags: f.Flags}
	for _, m := range f.Members {
		if m.Service == e.Instance.Service {
			mine.Instance = m
		}
	}
	return mine.Instance != nil && e.before(&mine)
}

// before: who runs it in maintenance, who holds more of it, the newest claim, the router ID.
func (e *Elsewhere) before(other *Elsewhere) bool {
	switch {
	case e.pinned() != other.pinned():
		return e.pinned()
	case holdOf(e.Instance) != holdOf(other.Instance):
		return holdOf(e.Instance) > holdOf(other.Instance)
	case e.Instance.Claim != other.Instance.Claim:
		return e.Instance.Claim > other.Instance.Claim
	}
	return e.Node > other.Node
}

func (e *Elsewhere) pinned() bool {
	return e.Flags.Has(discovery.Maintenance) && e.Instance.State == service.Started && e.Instance.Health != service.Down
}

// barsElsewhere reports whether a node with these facts has to leave a service of the
// unit to one of them.
func (u *Unit) barsElsewhere(f *Facts) bool {
	return slices.ContainsFunc(u.Elsewhere, func(e Elsewhere) bool { return e.Bars(f) })
}
