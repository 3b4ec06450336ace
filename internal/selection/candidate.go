package selection

import (
	"srr/internal/discovery"
	"srr/internal/routerid"
	"srr/internal/service"
)

// Facts is what one node said of a unit, and of itself.
type Facts struct {
	Node      routerid.ID
	Reachable bool
	Known     bool // its node record is there, of the same incarnation as Members
	Duplicate bool // two nodes use this router ID
	Flags     discovery.NodeFlags
	// Members are its current records of the unit's services; nil: none.
	Members []*discovery.Instance
	// Unknown: the state of a member that it held is unknown.
	Unknown bool
}

// Unit is what all candidates are measured by.
type Unit struct {
	// Critical are the members that are critical anywhere; of a service that
	// is a unit of its own, the service.
	Critical  []string
	Intent    discovery.Intent
	Reference map[string][8]byte // digests, see Reference
}

// Judge makes a candidate of a node's facts.
func Judge(u *Unit, f *Facts) Candidate {
	c := Candidate{Node: f.Node, SameConfig: true, Drained: f.Flags.Has(discovery.Drained), Bar: f.bar(u)}
	for _, m := range f.Members {
		c.Hold = max(c.Hold, holdOf(m))
		c.Claim = max(c.Claim, m.Claim)
		c.Preference = m.Preference
		c.HeldOff = c.HeldOff || m.Flags.Has(discovery.HeldOff)
		if ref, ok := u.Reference[m.Service]; ok && ref != m.Digest {
			c.SameConfig = false
		}
	}
	if f.Unknown {
		c.Hold = HoldsUnit
	}
	// A node in maintenance takes over only what nobody else can.
	c.Maintained = f.Flags.Has(discovery.Maintenance) && c.Hold != HoldsUnit
	if holdsStarted(f.Members) {
		switch c.Bar {
		case BarCutOff, BarJoinGate:
			c.Bar = NoBar
		}
	}
	c.MoveTarget = u.Intent.Kind == discovery.IntentPrefer && u.Intent.Target == f.Node && !Spent(u.Intent, f.Members)
	return c
}

func holdOf(m *discovery.Instance) Hold {
	switch m.State {
	case service.Started, service.FailedHeld:
		return HoldsUnit
	case service.Stopping:
		if m.Flags.Has(discovery.Released) {
			return HoldsNothing
		}
		return HoldsUnit
	case service.Starting:
		return HoldsStarting
	}
	return HoldsNothing
}

func holdsStarted(ms []*discovery.Instance) bool {
	for _, m := range ms {
		if m.State == service.Started {
			return true
		}
	}
	return false
}

// Spent reports whether a move is over according to its target's records.
func Spent(in discovery.Intent, target []*discovery.Instance) bool {
	for _, m := range target {
		if m.Flags.Has(discovery.IntentSpent) && m.Intent.Version == in.Version {
			return true
		}
	}
	return false
}

func (f *Facts) bar(u *Unit) Bar {
	switch {
	case f.Duplicate:
		return BarDuplicate
	case !f.Reachable:
		return BarUnreachable
	case !f.Known || len(f.Members) == 0:
		return BarNoRecord
	}
	if b := f.memberBar(u); b != NoBar {
		return b
	}
	switch {
	case f.Flags&(discovery.DrainHard|discovery.NodeLeaving) != 0:
		return BarLeaving
	case f.Flags.Has(discovery.CutOff):
		return BarCutOff
	case f.Flags.Has(discovery.JoinGate):
		return BarJoinGate
	}
	return NoBar
}

// memberBar looks at the members: each critical one must be active and not
// failed; where none is critical, one such member is enough.
func (f *Facts) memberBar(u *Unit) Bar {
	usable, failed := 0, false
	state := make(map[string]service.State, len(f.Members))
	for _, m := range f.Members {
		state[m.Service] = m.State
		if m.Flags.Has(discovery.Leaving) {
			state[m.Service] = service.Deactivated
		}
		if m.State == service.FailedReleased || m.State == service.FailedHeld {
			failed = true
		} else if m.State.Active() && !m.Flags.Has(discovery.Leaving) {
			usable++
		}
	}
	for _, name := range u.Critical {
		switch s, ok := state[name]; {
		case !ok || !s.Active():
			return BarInactive
		case s == service.FailedReleased || s == service.FailedHeld:
			return BarFailed
		}
	}
	switch {
	case usable > 0:
		return NoBar
	case failed:
		return BarFailed
	}
	return BarInactive
}

// Reference returns the digests of the held instance with the newest claim,
// ties by router ID; nothing without a holder.
func Reference(all []Facts) map[string][8]byte {
	var best *Facts
	var claim uint64
	for i := range all {
		f := &all[i]
		if !f.Reachable || !f.Known {
			continue
		}
		held, c := false, uint64(0)
		for _, m := range f.Members {
			held = held || holdOf(m) != HoldsNothing
			c = max(c, m.Claim)
		}
		if held && (best == nil || c > claim || c == claim && f.Node > best.Node) {
			best, claim = f, c
		}
	}
	if best == nil {
		return nil
	}
	ref := make(map[string][8]byte, len(best.Members))
	for _, m := range best.Members {
		ref[m.Service] = m.Digest
	}
	return ref
}
