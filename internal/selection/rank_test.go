package selection

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"srr/internal/discovery"
	"srr/internal/routerid"
	"srr/internal/service"
)

// TestRules: each rule decides between two candidates that differ in it and,
// the other way round, in every weaker rule.
func TestRules(t *testing.T) {
	better := []func(*Candidate){
		RuleEligible:           func(c *Candidate) { c.Bar = NoBar },
		RulePinned:             func(c *Candidate) { c.Pinned = true },
		RuleHolderOrNotHeldOff: func(c *Candidate) { c.HeldOff = false },
		RuleNotDrained:         func(c *Candidate) { c.Drained = false },
		RuleMove:               func(c *Candidate) { c.MoveTarget = true },
		RuleConfig:             func(c *Candidate) { c.SameConfig = true },
		RulePreference:         func(c *Candidate) { c.Preference = 9 },
		RuleHolds:              func(c *Candidate) { c.Hold = HoldsStarting },
		RuleClaim:              func(c *Candidate) { c.Claim = 9 },
		RuleRouterID:           func(c *Candidate) { c.Node = 9 },
	}
	worst := Candidate{Bar: BarCutOff, HeldOff: true, Drained: true, Preference: 1, Claim: 1}
	for rule := range better {
		a, b := worst, worst
		a.Node, b.Node = 1, 2
		better[rule](&a)
		for weaker := rule + 1; weaker < len(better); weaker++ {
			better[weaker](&b)
		}
		c, by := Compare(&a, &b)
		if rule == int(RuleRouterID) {
			b.Node = 2
			c, by = Compare(&a, &b)
		}
		if c >= 0 || by != Rule(rule) {
			t.Errorf("%s does not decide: %d by %s", Rule(rule), c, by)
		}
		if c, by := Compare(&b, &a); c <= 0 || by != Rule(rule) {
			t.Errorf("%s is not symmetric: %d by %s", Rule(rule), c, by)
		}
	}
}

// A holder is never displaced for being held off itself.
func TestHolderIsNotHeldOff(t *testing.T) {
	holder := Candidate{Node: 1, HeldOff: true, Hold: HoldsUnit, SameConfig: true}
	other := Candidate{Node: 2, SameConfig: true}
	if c, by := Compare(&holder, &other); c >= 0 || by != RuleHolds {
		t.Errorf("got %d by %s", c, by)
	}
}

// Who is held off tries again rather than a node in maintenance, which would not.
func TestMaintenanceIsBehindHeldOff(t *testing.T) {
	waits := Candidate{Node: 1, Maintained: true, SameConfig: true, Preference: 9}
	other := Candidate{Node: 2, HeldOff: true, Drained: true, SameConfig: true}
	if c, by := Compare(&waits, &other); c <= 0 || by != RuleNotDrained {
		t.Errorf("got %d by %s", c, by)
	}
}

// TestRankIsTotalAndStable (S15): whatever the order of the facts, the choice
// is the same, and Compare is transitive.
func TestRankIsTotalAndStable(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		cs := make([]Candidate, 1+r.IntN(6))
		for i := range cs {
			cs[i] = Candidate{
				Node: routerid.ID(i + 1), Bar: Bar(r.IntN(2)), HeldOff: r.IntN(2) == 0, Drained: r.IntN(4) == 0, Maintained: r.IntN(4) == 0,
				MoveTarget: r.IntN(4) == 0, SameConfig: r.IntN(4) != 0, Preference: r.IntN(3),
				Hold: Hold(r.IntN(3)), Claim: uint64(r.IntN(3)),
			}
		}
		a, b := slices.Clone(cs), slices.Clone(cs)
		r.Shuffle(len(b), func(i, j int) { b[i], b[j] = b[j], b[i] })
		Rank(a)
		Rank(b)
		if !slices.Equal(a, b) {
			t.Fatalf("the order of the facts changed the ranking:\n%v\n%v", a, b)
		}
		for i := range a {
			for j := i + 1; j < len(a); j++ {
				if c, _ := Compare(&a[i], &a[j]); c >= 0 {
					t.Fatalf("not transitive: %v", a)
				}
			}
		}
	}
}

func rec(name string, s service.State) *discovery.Instance {
	return &discovery.Instance{Service: name, State: s}
}

// TestJudge: who is barred, and why.
func TestJudge(t *testing.T) {
	group := Unit{Critical: []string{"disk", "db"}}
	ok := []*discovery.Instance{rec("disk", service.Stopped), rec("db", service.Stopped), rec("stats", service.FailedReleased)}
	started := []*discovery.Instance{rec("disk", service.Started), rec("db", service.Started)}
	tests := []struct {
		name string
		f    Facts
		want Bar
	}{
		{"healthy, a non-critical member failed", Facts{Members: ok}, NoBar},
		{"a critical member is missing", Facts{Members: ok[:1]}, BarInactive},
		{"a critical member is missing where it is started", Facts{Members: []*discovery.Instance{rec("web", service.Started)}}, NoBar},
		{"a critical member failed", Facts{Members: []*discovery.Instance{ok[0], rec("db", service.FailedReleased)}}, BarFailed},
		{"a critical member leaves", Facts{Members: []*discovery.Instance{ok[0], {Service: "db", State: service.Stopped, Flags: discovery.Leaving}}}, BarInactive},
		{"cut off", Facts{Members: ok, Flags: discovery.CutOff}, BarCutOff},
		{"cut off, but it runs there", Facts{Members: started, Flags: discovery.CutOff}, NoBar},
		{"in the join gate, but adopted", Facts{Members: started, Flags: discovery.JoinGate}, NoBar},
		{"leaving, though it runs there", Facts{Members: started, Flags: discovery.DrainHard}, BarLeaving},
		{"no records", Facts{}, BarNoRecord},
		{"a router ID that is used twice", Facts{Members: ok, Duplicate: true}, BarDuplicate},
	}
	for _, tt := range tests {
		tt.f.Reachable, tt.f.Known = true, true
		if c := Judge(&group, &tt.f); c.Bar != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, c.Bar, tt.want)
		}
	}
	if c := Judge(&group, &Facts{Known: true, Members: ok}); c.Bar != BarUnreachable {
		t.Errorf("unreachable: %s", c.Bar)
	}
}

// TestReference: without a holder nothing is compared; with two, the newest claim counts.
func TestReference(t *testing.T) {
	held := func(id routerid.ID, claim uint64, d byte) Facts {
		return Facts{Node: id, Reachable: true, Known: true, Members: []*discovery.Instance{{
			Service: "web", State: service.Started, Claim: claim, Digest: [8]byte{d},
		}}}
	}
	idle := Facts{Node: 9, Reachable: true, Known: true, Members: []*discovery.Instance{{Service: "web", State: service.Stopped, Claim: 99, Digest: [8]byte{9}}}}
	if r := Reference([]Facts{idle}); r != nil {
		t.Errorf("a reference without a holder: %v", r)
	}
	if r := Reference([]Facts{held(1, 3, 1), held(2, 2, 2), idle}); len(r) != 1 || r[0].Digest != [8]byte{1} {
		t.Errorf("the newest claim does not count: %v", r)
	}
	if r := Reference([]Facts{held(1, 3, 1), held(2, 3, 2)}); len(r) != 1 || r[0].Digest != [8]byte{2} {
		t.Errorf("the router ID does not break the tie: %v", r)
	}
}

// TestUsable: a member counts with what it depends on, which is looked at once however many
// depend on it: forty that each depend on all before would be asked for 2^40 times.
func TestUsable(t *testing.T) {
	var chain []*discovery.Instance
	var before []string
	for k := range 40 {
		name := fmt.Sprintf("m%02d", k)
		chain = append(chain, &discovery.Instance{Service: name, State: service.Stopped, DependsOn: slices.Clone(before)})
		before = append(before, name)
	}
	slices.Reverse(chain)
	f := Facts{Members: chain}
	if !f.usable() {
		t.Error("all are active, and nothing could be started")
	}
	f.Members = chain[:len(chain)-1] // m00, on which all depend, is not there
	if f.usable() {
		t.Error("what everything depends on is missing, and something could be started")
	}
	chain[0].State = service.Started
	if !f.usable() {
		t.Error("what runs does not count")
	}
}
