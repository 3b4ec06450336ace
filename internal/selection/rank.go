// Package selection decides who should run a unit. It is pure, and a function
// of flooded facts alone: nodes with equal facts choose alike.
package selection

import (
	"slices"

	"srr/internal/routerid"
)

// Candidate is what is known of one node as a runner of one unit.
type Candidate struct {
	Node       routerid.ID
	Bar        Bar // why it may not run the unit; NoBar if it may
	HeldOff    bool
	Drained    bool
	Maintained bool // in maintenance, and does not hold it
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
)

var barNames = [...]string{
	"eligible", "cannot be reached", "no record of it", "inactive there", "a critical member failed there",
	"cut off from the network", "in its join gate", "is leaving", "its router ID is used twice",
}

func (b Bar) String() string { return barNames[b] }

// Rule is one criterion of the ranking.
type Rule uint8

// The rules, the strongest first (rules 3).
const (
	RuleEligible Rule = iota
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
	"eligible", "holds it, or is not held off", "not drained, nor in maintenance", "target of a move", "same configuration",
	"preference", "holds it", "newest claim", "router ID",
}

func (r Rule) String() string { return ruleNames[r] }

// Compare tells which of two different nodes ranks better, and by which rule:
// negative if a does, positive if b does.
func Compare(a, b *Candidate) (int, Rule) {
	for rule := range RuleRouterID {
		if x, y := a.score(rule), b.score(rule); x != y {
			if x > y {
				return -1, rule
			}
			return 1, rule
		}
	}
	if a.Node > b.Node {
		return -1, RuleRouterID
	}
	return 1, RuleRouterID
}

// score is what a rule compares: the higher the better.
func (c *Candidate) score(rule Rule) uint64 {
	switch rule {
	case RuleEligible:
		return bit(c.Eligible())
	case RuleHolderOrNotHeldOff:
		return bit(c.Hold == HoldsUnit || !c.HeldOff)
	case RuleNotDrained:
		return bit(!c.Drained && !c.Maintained)
	case RuleMove:
		return bit(c.MoveTarget)
	case RuleConfig:
		return bit(c.SameConfig)
	case RulePreference:
		return uint64(max(c.Preference, 0))
	case RuleHolds:
		return uint64(c.Hold)
	case RuleClaim:
		return c.Claim
	}
	return uint64(c.Node)
}

func bit(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

// Rank sorts the candidates, best first. It is total: router IDs differ.
func Rank(cs []Candidate) {
	slices.SortFunc(cs, func(a, b Candidate) int {
		if a.Node == b.Node {
			return 0
		}
		c, _ := Compare(&a, &b)
		return c
	})
}
