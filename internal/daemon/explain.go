package daemon

import (
	"fmt"

	"srr/internal/api"
	"srr/internal/discovery"
	"srr/internal/node"
	"srr/internal/selection"
)

// explainView words an explanation: where the unit is and why, why not on each
// other node, and what would change that.
func explainView(s api.Snapshot, e node.Explanation) api.Explain {
	v := api.Explain{Unit: e.Unit.Name, Group: e.Unit.Group, Node: s.Node, Verdict: verdict(&s, &e)}
	for k := range e.Candidates {
		v.Candidates = append(v.Candidates, candidateView(&s, &e, k))
	}
	if e.Blocked != "" {
		v.Blocking = append(v.Blocking, e.Blocked)
	}
	for _, m := range e.Members {
		if m.Waits != "" && m.Waits != e.Here {
			v.Blocking = append(v.Blocking, fmt.Sprintf("%s here is %s and waits for: %s", m.Service, m.State, m.Waits))
		}
	}
	v.Changes = changes(&s, &e)
	return v
}

func verdict(s *api.Snapshot, e *node.Explanation) string {
	for k := range e.Candidates {
		c := &e.Candidates[k]
		if c.Hold != selection.HoldsUnit {
			continue
		}
		where := fmt.Sprintf("%s is on %s", e.Unit, s.NodeTitle(c.Node))
		switch {
		case k > 0:
			return fmt.Sprintf("%s, although %s ranks better: that has not claimed it yet", where, s.NodeTitle(e.Candidates[0].Node))
		case len(e.Candidates) == 1:
			return where + ": there is no other candidate"
		}
		other := &e.Candidates[1]
		return fmt.Sprintf("%s, before %s by: %s", where, s.NodeTitle(other.Node), other.Against)
	}
	switch {
	case e.Intent.Kind == discovery.IntentStopped:
		return fmt.Sprintf("%s runs nowhere: %s stopped it", e.Unit, e.Intent.Author)
	case len(e.Candidates) == 0 || !e.Candidates[0].Eligible():
		return fmt.Sprintf("%s runs nowhere: no node may run it", e.Unit)
	case e.Blocked != "":
		return fmt.Sprintf("%s runs nowhere yet: %s", e.Unit, e.Blocked)
	}
	return fmt.Sprintf("%s runs nowhere yet; %s ranks first", e.Unit, s.NodeTitle(e.Candidates[0].Node))
}

func candidateView(s *api.Snapshot, e *node.Explanation, k int) api.Candidate {
	c := &e.Candidates[k]
	v := api.Candidate{
		RouterID: c.Node, Node: s.NodeTitle(c.Node), Eligible: c.Eligible(),
		Holds: c.Hold == selection.HoldsUnit, Facts: facts(c),
	}
	if !c.Eligible() {
		v.WhyNot = append(v.WhyNot, c.Bar.String())
	}
	if c.Node == s.RouterID && e.Here != "" {
		v.WhyNot = append(v.WhyNot, e.Here)
	}
	if k+1 < len(e.Candidates) {
		next := &e.Candidates[k+1]
		v.Rule = next.Against.String()
		v.Comparison = comparison(next.Against, c, next)
	}
	return v
}

func comparison(rule selection.Rule, a, b *node.Standing) string {
	switch rule {
	case selection.RulePreference:
		return fmt.Sprintf("%d > %d", a.Preference, b.Preference)
	case selection.RuleClaim:
		return fmt.Sprintf("claim %d > %d", a.Claim, b.Claim)
	case selection.RuleRouterID:
		return fmt.Sprintf("%s > %s", a.Node, b.Node)
	case selection.RuleEligible:
		return b.Bar.String()
	}
	return ""
}

func facts(c *node.Standing) []string {
	fs := []string{fmt.Sprintf("preference %d", c.Preference), fmt.Sprintf("claim %d", c.Claim)}
	add := func(on bool, word string) {
		if on {
			fs = append(fs, word)
		}
	}
	add(c.Hold == selection.HoldsUnit, "holds it")
	add(c.Hold == selection.HoldsStarting, "is starting it")
	add(c.HeldOff, "held off after a failure")
	add(c.Drained, "drained")
	add(c.Pinned || c.Maintained, "in maintenance")
	add(c.MoveTarget, "target of a move")
	add(!c.SameConfig, "another configuration")
	return fs
}

// changes lists what an operator could do, each with its command.
func changes(s *api.Snapshot, e *node.Explanation) (out []string) {
	name := e.Unit.Name
	if e.Intent.Kind == discovery.IntentStopped {
		out = append(out, "srrctl run "+name+": end the stop")
	}
	if e.Intent.Kind == discovery.IntentPrefer && !e.MoveSpent {
		out = append(out, "srrctl unmove "+name+": forget the move to "+s.NodeTitle(e.Intent.Target))
	}
	for k := range e.Candidates {
		c := &e.Candidates[k]
		title := s.NodeTitle(c.Node)
		switch {
		case c.Bar == selection.BarFailed || c.HeldOff:
			out = append(out, "on "+title+": srrctl clear SERVICE, when the failure is mended")
		case c.Bar == selection.BarInactive:
			out = append(out, "on "+title+": srrctl activate SERVICE")
		case c.Drained:
			out = append(out, "on "+title+": srrctl undrain")
		case c.Pinned || c.Maintained:
			out = append(out, "on "+title+": srrctl maintenance off")
		case c.Eligible() && c.Hold == selection.HoldsNothing:
			out = append(out, "srrctl move "+name+" "+title)
		}
	}
	return out
}
