package config

import (
	"fmt"
	"slices"
	"strings"

	"srr/internal/discovery/signed"
	"srr/internal/identity"
)

// Change is one difference between two configurations.
type Change struct {
	Service  string // "" for the node itself
	Property string // the key, such as "check.interval"; "added" and "removed" for whole services
	From, To string
	Why      string   // of a blocked change: what it waits for
	Where    Position // in the new configuration; of a removed service in the old one
}

// String describes the change in one line.
func (c Change) String() string {
	s := "node: "
	if c.Service != "" {
		s = "service " + c.Service + ": "
	}
	if c.Property == added || c.Property == removed {
		s += c.Property
	} else {
		s += fmt.Sprintf("%s %q → %q", c.Property, c.From, c.To)
	}
	if c.Why != "" {
		s += " (" + c.Why + ")"
	}
	return s
}

const (
	added   = "added"
	removed = "removed"

	whileInactive = "only while it is inactive on this node"
	atStart       = "only when srrd starts"
)

// Diff compares two configurations for a reload (docs/configuration.md, Reload). live may be
// applied at once; if blocked is not empty, the reload is to be refused as a
// whole, or to wait. inactive tells which services of old are inactive or
// disabled now.
func Diff(old, next *Config, inactive func(service string) bool) (live, blocked []Change) {
	d := diff{inactive: inactive}
	d.properties(nil, nodeFixed(old), nodeFixed(next), atStart)
	d.properties(nil, nodeLive(old), nodeLive(next), "")
	for i := range next.Services {
		s := &next.Services[i]
		if was := old.Service(s.Name); was != nil {
			d.service(was, s)
		} else {
			d.add(Change{Service: s.Name, Property: added, Where: s.Where})
		}
	}
	for i := range old.Services {
		if s := &old.Services[i]; next.Service(s.Name) == nil {
			d.add(Change{Service: s.Name, Property: removed, Why: d.unlessInactive(s.Name), Where: s.Where})
		}
	}
	return d.live, d.blocked
}

type diff struct {
	inactive      func(string) bool
	live, blocked []Change
}

func (d *diff) add(c Change) {
	if c.Why == "" {
		d.live = append(d.live, c)
	} else {
		d.blocked = append(d.blocked, c)
	}
}

func (d *diff) unlessInactive(name string) string {
	if d.inactive(name) {
		return ""
	}
	return whileInactive
}

func (d *diff) service(old, next *Service) {
	why := d.unlessInactive(old.Name)
	d.properties(next, shared(old), shared(next), why)
	d.properties(next, local(old), local(next), why)
	d.properties(next, live(old), live(next), "")
}

// properties compares two lists with the same names in the same order.
func (d *diff) properties(s *Service, old, next []property, why string) {
	for i, p := range next {
		if p.value == old[i].value {
			continue
		}
		c := Change{Property: p.name, From: old[i].value, To: p.value, Why: why}
		if s != nil {
			c.Service, c.Where = s.Name, s.Where
		}
		d.add(c)
	}
}

func nodeFixed(c *Config) []property {
	return []property{
		{"cluster", c.Cluster},
		{"node.name", c.Name},
		{"node.router-id", c.RouterID.String()},
		{"medium.ospf-api", c.Medium.OSPFAPI.String()},
		{"medium.opaque-type", fmt.Sprint(c.Medium.OpaqueType)},
		{"medium.api-filter", map[bool]string{true: "nftables", false: "none"}[c.Medium.Filter]},
		{"routing.frr.vty", c.Routing.VTY},
		{"console.listen", consoleWord(c.Console)},
		{"console.edit", fmt.Sprint(c.Console.Edit)},
		{"paths.state", c.Paths.State},
		{"paths.run", c.Paths.Run},
		{"paths.pki", c.Paths.PKI},
		{"paths.cgroup", c.Paths.Cgroup},
	}
}

func consoleWord(c Console) string {
	if !c.Listen.IsValid() {
		return ""
	}
	return c.Listen.String()
}

func nodeLive(c *Config) []property {
	return []property{
		{"medium.signatures", signatureWord(c.Medium.Signatures)},
		{"access", accessWords(c.Access)},
		{"notify", notifyWords(c.Notify)},
		{"node.parallel-starts", fmt.Sprint(c.ParallelStarts)},
		{"node.leave-grace", c.LeaveGrace.String()},
		{"node.detach-for", c.DetachFor.String()},
		{"routing.frr.min-arrival", c.Routing.MinArrival.String()},
		{"join.alone-after", c.Join.AloneAfter.String()},
		{"join.when-cut-off", map[bool]string{false: "stop", true: "start"}[c.Join.StartWhenCutOff]},
	}
}

func signatureWord(m signed.Mode) string {
	for word, mode := range signatures {
		if mode == m {
			return word
		}
	}
	return ""
}

func accessWords(rules []identity.Rule) string {
	words := make([]string, len(rules))
	for i, r := range rules {
		words[i] = fmt.Sprintf("%s %s:%s", r.Role, r.Field, r.Value)
	}
	return strings.Join(words, ", ")
}

// ReloadRule says when a reload may change the key of the main file at path,
// such as "node.name" or "services.*.check.interval".
func ReloadRule(path string) string {
	zero := Service{}
	key, ofService := strings.CutPrefix(path, "services.*.")
	switch first, _, _ := strings.Cut(key, "."); {
	case has(nodeLive(&Config{}), path):
		return "at once"
	case has(nodeFixed(&Config{}), path), first == "medium", first == "paths":
		return atStart
	case !ofService, has(live(&zero), key), first == "check", first == "on-medium-loss":
		return "at once"
	default:
		return whileInactive
	}
}

func has(list []property, name string) bool {
	return slices.ContainsFunc(list, func(p property) bool { return p.name == name })
}

// ReloadRefused is a reload that would change what must not change now.
// Nothing of it was applied.
type ReloadRefused struct{ Blocked []Change }

// Error lists every change that stands in the way.
func (r *ReloadRefused) Error() string {
	var b strings.Builder
	b.WriteString("reload refused, nothing was changed:")
	for _, c := range r.Blocked {
		fmt.Fprintf(&b, "\n  %s: %s", c.Where, c)
	}
	return strings.ReplaceAll(b.String(), "\n  : ", "\n  ")
}
