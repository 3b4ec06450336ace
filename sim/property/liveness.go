package property

import (
	"fmt"
	"strings"
	"time"

	"srr/internal/service"
	"srr/sim/host"
)

// calm is the state of a run after the repair: from now on nothing is broken any
// more, and everything must come to rest and stay there.
type calm struct {
	*truth
	core  []*host.Host
	since time.Duration
}

// Calm begins the calm: the named hosts and all of the network were repaired.
func (w *Watch) Calm(core []string) {
	c := &calm{truth: w.properties[0].safety.(*truth), since: w.world.Queue.Now()}
	for _, name := range core {
		c.core = append(c.core, w.world.Host(name))
	}
	w.calm = c
	w.properties = append(w.properties, named{"L6 nothing moves in the calm", &still{c}})
}

// Finish demands every liveness property at the end of the calm. After it, things
// may move again.
func (w *Watch) Finish() {
	w.properties = w.properties[:len(w.properties)-1]
	w.Choices()
	for _, p := range []struct {
		name  string
		check func(c *calm) []string
	}{
		{"L2 one started", oneStarted},
		{"L3 no duplicates", noDuplicates},
		{"L9 reasons", reasons},
		{"L10 equal views", equalViews},
		{"L10 equal databases", equalDatabases},
		{"S20 bounded", bounded},
	} {
		for _, text := range p.check(w.calm) {
			w.Fail(w.world.Queue.Now(), p.name, text)
		}
	}
}

// runsOn are the hosts that have a service, in truth. What is released with its
// address may leave processes behind where srrd is dead: strays, which nobody
// reaches.
func (c *calm) runsOn(s *service.Spec) (on []*host.Host) {
	for _, h := range c.world.Hosts {
		if h.Spec(s.Name) == nil || c.denied(h, s.Name) {
			continue
		}
		if s.Release == service.ReleaseAddress && h.Core() == nil || !s.Primitives[service.Start] {
			if h.Announces(s.Name) {
				on = append(on, h)
			}
		} else if h.Runs(s.Name) {
			on = append(on, h)
		}
	}
	return on
}

// denied: a stop may have left the service and said that it did not (HonestStop), and
// its srrd goes by that.
func (c *calm) denied(h *host.Host, name string) bool {
	if !c.world.Lied(h, name) || h.Core() == nil {
		return false
	}
	state, _ := h.Core().State(name)
	return !state.Held()
}

func names(hosts []*host.Host) string {
	var ns []string
	for _, h := range hosts {
		ns = append(ns, h.Name)
	}
	if len(ns) == 0 {
		return "nowhere"
	}
	return strings.Join(ns, ", ")
}

// where is what every host of the core says of a service, to be read by people.
func (c *calm) where(name string) string {
	var parts []string
	for _, h := range c.world.Hosts {
		if h.Spec(name) == nil {
			continue
		}
		state := "no srrd"
		if core := h.Core(); core != nil {
			s, _ := core.State(name)
			state = s.String() + says(h, name)
		}
		parts = append(parts, fmt.Sprintf("%s %s", h.Name, state))
	}
	return strings.Join(parts, "; ")
}

// says is why a host does not run a service, in its own words.
func says(h *host.Host, name string) string {
	e, _ := h.Core().Explain(h.Now(), h.Spec(name).Unit())
	for _, m := range e.Members {
		if m.Service == name && m.Waits != "" {
			return fmt.Sprintf(": %s; %s first", m.Waits, e.Candidates[0].Node)
		}
	}
	return ""
}
