// Package selection decides who should run a unit. It is pure, and a function
// of flooded facts alone: nodes with equal facts choose alike.
package selection

import (
	"srr/internal/routerid"
)

// Candidate is what is known of one node as a runner of one unit.
type Candidate struct {
	Node       routerid.ID
	Bar        Bar  // why it may not run the unit; NoBar if it may
	Pinned     bool // started there, and in maintenance: nobody touches it
	HeldOff    bool
	Drained    bool
	Maintained bool // in maintenance, and does not hold it, or holds what has died there
	MoveTarget bool // of a move that is in force
	SameConfig bool // as the reference, see Reference
	Preference int
	Hold       Hold
	Claim      uint64 // newest of the unit on this node
}

// Eligible reports whether the node may run the unit at all.
func (c *Candidate) Eligible() bool { return c.Bar == NoBar }

// Hold is how much of a unit a node holds, in the order of the ranking.
type Hold uint8

// The holds.
const (
	HoldsNothing Hold = iota
	HoldsStarting
	HoldsUnit // started, stopping, failed held or unknown
)

// Bar is why a node may not run a unit.
type Bar uint8

// The bars.
const (
	NoBar Bar = iota
	BarUnreachable
	BarNoRecord
	BarInactive
	BarFailed
	BarCutOff
	BarJoinGate
	BarLeaving
	BarDuplicate
	BarElsewhere
)

var barNames = [...]string{
	"eligible", "cannot be reached", "no record of it", "inactive there", "it failed there",
	"cut off from the network", "in its join gate", "is leaving", "its router ID is used twice",
	"another node has it in another group, and comes first",
}

func (b Bar) String() string { return barNames[b] }

// Rule is one criterion of the ranking.
type Rule uint8

// The rules, the strongest first.
const (
	RuleEligible Rule = iota
	RulePinned
	RuleHolderOrNotHeldOff
	RuleNotDrained
	RuleMove
	RuleConfig
	RulePreference
	RuleHolds
	RuleClaim
	RuleRouterID
)

var ruleNames = [...]string{
	"eligible", "runs it in maintenance", "holds it, or is not held off", "not drained, nor in maintenance", "target of a move", "same configuration",
	"preference", "holds it", "newest claim", "router ID",
}

func (r Rule) String() string { return ruleNames[r] }

// Compare tells which of two different nodes ranks better, and by which rule:
// negative if a does, positive if b does.
func Compare(a, b *Candidate) (int, Rule) {
	switch {
	case a.Eligible() != b.Eligible():
		return first(a.Eligible()), RuleEligible
	case a.Pinned != b.Pinned:
		return first(a.Pinned), RulePinned
	case a.waits() != b.waits():
		return first(b.waits()), RuleNotDrained
	case a.asks() != b.asks():
		return first(a.asks()), RuleHolderOrNotHeldOff
	case a.stays() != b.stays():
		return first(a.stays()), RuleNotDrained
	case a.MoveTarget != b.MoveTarget:
		return first(a.MoveTarget), RuleMove
	case a.SameConfig != b.SameConfig:
		return first(a.SameConfig), RuleConfig
	case a.Preference != b.Preference:
		return first(a.Preference > b.Preference), RulePreference
	case a.Hold != b.Hold:
		return first(a.Hold > b.Hold), RuleHolds
	case a.Claim != b.Claim:
		return first(a.Claim > b.Claim), RuleClaim
	}
	return first(a.Node > b.Node), RuleRouterID
}

// first is what Compare says if a ranks first, or not.
func first(a bool) int {
	if a {
		return -1
	}
	return 1
}

// waits: a node in maintenance begins to start nothing while anybody else can be asked, not
// even one that is held off (decision 17).
func (c *Candidate) waits() bool { return c.Maintained && c.Hold != HoldsUnit }

// asks: it holds the unit, or no failure that timed out keeps it from asking for it.
func (c *Candidate) asks() bool { return c.Hold == HoldsUnit || !c.HeldOff }

// stays: neither drain nor maintenance asks the node to leave units to others.
func (c *Candidate) stays() bool { return !c.Drained && !c.Maintained }

// Rank sorts the candidates, best first. It is total: router IDs differ.
func Rank(cs []Candidate) {
	// By insertion: there are few, mostly in order.
	for i := range cs {
		k := i
		for k > 0 && better(&cs[i], &cs[k-1]) {
			k--
		}
		if k < i {
			c := cs[i]
			copy(cs[k+1:i+1], cs[k:i])
			cs[k] = c
		}
	}
}

func better(a, b *Candidate) bool {
	c, _ := Compare(a, b)
	return c < 0
}
