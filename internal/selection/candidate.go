package selection

import (
	"slices"

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
	Reference []*discovery.Instance // whose digests are compared with, see Reference
	Elsewhere []Elsewhere           // the unit's services in units of other names
}

// Judge makes a candidate of a node's facts.
func Judge(u *Unit, f *Facts) Candidate {
	c := Candidate{Node: f.Node, SameConfig: true, Drained: f.Flags.Has(discovery.Drained), Bar: f.bar(u)}
	for _, m := range f.Members {
		c.Hold = max(c.Hold, holdOf(m))
		c.Claim = max(c.Claim, m.Claim)
		c.Preference = m.Preference
		c.HeldOff = c.HeldOff || m.Flags.Has(discovery.HeldOff)
		for _, ref := range u.Reference {
			if ref.Service == m.Service && ref.Digest != m.Digest {
				c.SameConfig = false
			}
		}
	}
	if f.Unknown {
		c.Hold = HoldsUnit
	}
	// A node in maintenance takes over only what nobody else can, and keeps only what works.
	maintenance, broken := f.Flags.Has(discovery.Maintenance), f.broken(u)
	c.Maintained = maintenance && (c.Hold != HoldsUnit || broken)
	if holdsStarted(f.Members) {
		// What can be reached is not touched in maintenance, so whoever started
		// elsewhere meanwhile gives way.
		c.Pinned = maintenance && !broken
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

// broken reports whether the unit was started on the node and does not work there:
// a critical member, or all that is started, has died or fails its check.
func (f *Facts) broken(u *Unit) bool {
	started, works := false, false
	for _, m := range f.Members {
		switch {
		case m.State != service.Started:
		case m.Health != service.Down:
			started, works = true, true
		case slices.Contains(u.Critical, m.Service):
			return true
		default:
			started = true
		}
	}
	return started && !works
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
	case u.barsElsewhere(f):
		return BarElsewhere
	case f.Flags.Has(discovery.CutOff):
		return BarCutOff
	case f.Flags.Has(discovery.JoinGate):
		return BarJoinGate
	}
	return NoBar
}

// memberBar looks at the members: each critical one must be active and not
// failed; where none is critical, one such member is enough, with what it depends on. One
// that is not active where the unit is started has been added since: what runs goes on
// (decision 117).
func (f *Facts) memberBar(u *Unit) Bar {
	failed, runs := false, holdsStarted(f.Members)
	for _, m := range f.Members {
		if m.Flags.Has(discovery.Lacking) && !runs {
			return BarInactive
		}
		failed = failed || m.State == service.FailedReleased || m.State == service.FailedHeld
	}
	for _, name := range u.Critical {
		switch s := f.state(name); {
		case !s.Active() && !runs:
			return BarInactive
		case s == service.FailedReleased || s == service.FailedHeld:
			return BarFailed
		}
	}
	switch {
	case f.usable():
		return NoBar
	case failed:
		return BarFailed
	}
	return BarInactive
}

// state is that of one member: deactivated if it takes its leave, inactive if there
// is none.
func (f *Facts) state(name string) service.State {
	for _, m := range f.Members {
		switch {
		case m.Service != name:
		case m.Flags.Has(discovery.Leaving):
			return service.Deactivated
		default:
			return m.State
		}
	}
	return service.Inactive
}

// Reference returns the instances of the node that holds the unit, of several the one with
// the newest claim, ties by router ID: their digests are what others are compared with.
// Nothing without a holder. Who only starts is none: whoever retreats for another one would
// change what he is compared with by that (decision 116).
func Reference(all []Facts) []*discovery.Instance {
	var best *Facts
	var claim uint64
	for i := range all {
		f := &all[i]
		if !f.Reachable || !f.Known {
			continue
		}
		held, c := false, uint64(0)
		for _, m := range f.Members {
			held = held || holdOf(m) == HoldsUnit
			c = max(c, m.Claim)
		}
		if held && (best == nil || c > claim || c == claim && f.Node > best.Node) {
			best, claim = f, c
		}
	}
	if best == nil {
		return nil
	}
	return best.Members
}
