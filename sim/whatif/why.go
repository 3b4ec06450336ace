package whatif

import (
	"fmt"
	"strings"

	"srr/internal/node"
	"srr/internal/routerid"
	"srr/internal/selection"
	"srr/internal/service"
	"srr/sim/host"
	"srr/sim/network"
)

// why says in one sentence why a unit is where it ended: what made the node that
// runs it start it, or else its ranking; or what keeps the others from it.
func (w *world) why(c *Change, view map[*network.Router]bool) string {
	if len(c.After) > 0 {
		if why := w.whyStarted(c); why != "" {
			return why
		}
		return w.whyThere(c)
	}
	var has, reasons []string
	for _, h := range w.sortedHosts() {
		if !runs(h, c.Unit) {
			continue
		}
		has = append(has, h.Name)
		if h.Core() == nil || !view[h.Router] {
			continue
		}
		e, ok := h.Core().Explain(h.Now(), c.Unit)
		if reason := whyNot(&e); ok && reason != "" {
			reasons = append(reasons, h.Name+": "+reason)
		}
	}
	switch {
	case len(has) == 1:
		return has[0] + " is the only node that has it" + ending(reasons)
	case len(reasons) == 0:
		return "no node that has it can be reached: " + strings.Join(has, ", ")
	}
	return strings.Join(reasons, "; ")
}

func ending(reasons []string) string {
	if len(reasons) == 0 {
		return ""
	}
	return " (" + strings.Join(reasons, "; ") + ")"
}

// runs reports whether a unit is configured on a machine.
func runs(h *host.Host, u service.Unit) bool {
	for _, s := range h.Services() {
		if s.Unit() == u {
			return true
		}
	}
	return false
}

// whyStarted is why the node that runs it started it, in its own words.
func (w *world) whyStarted(c *Change) string {
	for k := len(w.seen.events) - 1; k >= 0; k-- {
		e := &w.seen.events[k]
		if e.Node == c.After[0] && e.To == service.Starting.String() && w.Unit(e.Service) == c.Unit {
			if e.Reason == string(service.RanksFirst) {
				return strings.TrimSuffix(fmt.Sprintf("%s ranks first: %s", e.Node, e.Detail), ": ")
			}
			return strings.TrimSuffix(e.Reason+": "+e.Detail, ": ")
		}
	}
	return ""
}

// whyThere names the rule by which the node that runs it comes before the next.
func (w *world) whyThere(c *Change) string {
	h := w.Host(c.After[0])
	e, ok := h.Core().Explain(h.Now(), c.Unit)
	if !ok {
		return ""
	}
	for k := range e.Candidates {
		if e.Candidates[k].Node != h.ID {
			continue
		}
		if k > 0 {
			return fmt.Sprintf("%s ranks better, and has not taken it", w.nameOf(e.Candidates[0].Node))
		}
		if k+1 == len(e.Candidates) || !e.Candidates[k+1].Eligible() {
			return fmt.Sprintf("%s is the only node left that may run it", h.Name)
		}
		next := &e.Candidates[k+1]
		return fmt.Sprintf("%s comes before %s by: %s%s", h.Name, w.nameOf(next.Node), next.Against, numbers(next.Against, &e.Candidates[k], next))
	}
	return ""
}

func numbers(rule selection.Rule, a, b *node.Standing) string {
	switch rule {
	case selection.RulePreference:
		return fmt.Sprintf(" (%d > %d)", a.Preference, b.Preference)
	case selection.RuleClaim:
		return fmt.Sprintf(" (%d > %d)", a.Claim, b.Claim)
	}
	return ""
}

// whyNot is what keeps a node from running a unit.
func whyNot(e *node.Explanation) string {
	switch {
	case e.Blocked != "":
		return e.Blocked
	case e.Here != "" && e.Here != "another node ranks better":
		return e.Here
	case len(e.Candidates) > 0 && !e.Candidates[0].Eligible():
		return e.Candidates[0].Bar.String()
	}
	for _, m := range e.Members {
		if m.Waits != "" {
			return fmt.Sprintf("%s is %s and waits for %s", m.Service, m.State, m.Waits)
		}
	}
	return ""
}

func (w *world) nameOf(id routerid.ID) string {
	if name := w.model.names[id]; name != "" {
		return name
	}
	return id.String()
}
