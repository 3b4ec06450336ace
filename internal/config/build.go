package config

import (
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"srr/internal/discovery/signed"
	"srr/internal/identity"
	"srr/internal/routerid"
	"srr/internal/service"
)

var cgroupName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]*(/[A-Za-z0-9][A-Za-z0-9_.-]*)*$`)

// build turns the file into a Config and reports everything that the types
// alone cannot tell. The result is of use only if there are no problems.
func (l *loading) build(f *File, files []string, host string) *Config {
	c := &Config{
		Path:           files[0],
		Files:          files,
		Cluster:        f.Cluster,
		Name:           l.nodeName(f, host),
		RouterID:       l.routerID(f),
		Routing:        Routing(f.Routing.FRR),
		Paths:          Paths(f.Paths),
		Access:         l.access(&f.Access),
		Join:           Join{AloneAfter: f.Join.AloneAfter, StartWhenCutOff: f.Join.WhenCutOff == "start"},
		ParallelStarts: f.Node.ParallelStarts,
		LeaveGrace:     f.Node.LeaveGrace,
		DetachFor:      f.Node.DetachFor,
	}
	if f.Medium != nil {
		c.Medium = l.medium(f.Medium)
	}
	if f.Console != nil {
		c.Console = l.console(f.Console, c.RouterID)
	}
	if !cgroupName.MatchString(f.Paths.Cgroup) || len(f.Paths.Cgroup) > 200 {
		l.failAt(l.where(&f.Paths.Cgroup), "such as srr, relative and without ..",
			"%q is no name of a control group", clip(f.Paths.Cgroup))
	}
	v := validator{loading: l, file: f, names: slices.Sorted(maps.Keys(f.Services))}
	v.all(c.RouterID)
	c.Notify = v.notify()
	for _, name := range v.names {
		v.judge(f.Services[name], func() { c.Services = append(c.Services, v.service(name)) })
	}
	return c
}

func (l *loading) nodeName(f *File, host string) string {
	if f.Node.Name != "" {
		return f.Node.Name
	}
	name, _, _ := strings.Cut(strings.ToLower(host), ".")
	if !validName.MatchString(name) {
		l.failAt(l.where(&f.Node, f), "set node.name", "the host name %q is no valid name of a node", clip(name))
	}
	return name
}

func (l *loading) routerID(f *File) routerid.ID {
	if f.Node.RouterID == "" {
		return 0
	}
	id, err := routerid.Parse(string(f.Node.RouterID))
	if err != nil {
		l.failAt(l.where(&f.Node.RouterID), "", "%s", err)
	}
	return id
}

func (l *loading) medium(m *MediumSection) Medium {
	if a := m.OSPFAPI; !a.Addr().IsLoopback() || a.Port() == 0 {
		l.failAt(l.where(&m.OSPFAPI), "such as 127.0.0.1:2607",
			"%s is no port on a loopback address: the OSPF API has no passwords", a)
	}
	return Medium{
		OSPFAPI: m.OSPFAPI, OpaqueType: uint8(m.OpaqueType),
		Filter: m.APIFilter != "none", Signatures: signatures[m.Signatures],
	}
}

var signatures = map[string]signed.Mode{"off": signed.Off, "warn": signed.Warn, "require": signed.Require}

// access translates the lists of people, those who may least first: who is in two
// of them is a mistake.
func (l *loading) access(a *AccessSection) (rules []identity.Rule) {
	seen := map[string]bool{}
	for _, list := range []struct {
		role    identity.Role
		matches *[]string
	}{{identity.Viewer, &a.Viewers}, {identity.Operator, &a.Operators}, {identity.Administrator, &a.Administrators}} {
		for i, m := range *list.matches {
			r, err := identity.ParseRule(m, list.role)
			where := l.where(&(*list.matches)[i], list.matches)
			switch {
			case err != nil:
				l.failAt(where, "", "%s", err)
			case seen[m]:
				l.failAt(where, "once, with the highest role", "%q is listed twice", clip(m))
			}
			seen[m] = true
			rules = append(rules, r)
		}
	}
	return rules
}

// console finds out where others reach it.
func (l *loading) console(s *ConsoleSection, self routerid.ID) Console {
	if !s.Listen.IsValid() {
		return Console{} // reported already
	}
	a, at := s.Listen.Addr(), l.where(&s.Listen, s)
	switch {
	case s.Listen.Port() == 0:
		l.failAt(at, "such as 8443", "%s has no port: the other nodes have to know it", s.Listen)
	case a.IsMulticast(), a.Is4In6(), a.Zone() != "":
		l.failAt(at, "an address of this host, such as 10.0.0.1:8443", "nothing can listen on %s", s.Listen)
	}
	c := Console{Listen: s.Listen, Told: s.Listen, Edit: s.Edit}
	switch {
	case a.IsLoopback():
		c.Told = netip.AddrPort{}
	case a.IsUnspecified():
		c.Told = netip.AddrPortFrom(self.Addr(), s.Listen.Port())
	}
	return c
}

// service translates one section that has been validated.
func (v *validator) service(name string) Service {
	s := v.file.Services[name]
	out := Service{
		Spec: service.Spec{
			Name:           name,
			Addresses:      slices.Clone(s.Addresses),
			Group:          s.Group,
			DependsOn:      slices.Sorted(slices.Values(s.DependsOn)),
			Critical:       s.Critical,
			Preference:     s.Preference,
			Priority:       s.Priority,
			Scope:          s.Scope.spec(),
			Activation:     activations[s.Activate],
			Timeout:        s.timeouts(),
			UnknownTimeout: s.Check.UnknownTimeout,
			Restarts:       s.Restarts.Max,
			RestartWindow:  s.Restarts.Within,
			FailureTimeout: s.FailureTimeout,
			FailureMax:     v.failureMax(s),
			OnMediumLoss:   s.OnMediumLoss.Keep,
		},
		Strict: s.Exclusion == "strict",
		Agent:  v.agent(name, s),
		Where:  v.where(s),
	}
	slices.SortFunc(out.Addresses, func(a, b addr) int { return a.Compare(b) })
	if g := v.file.Groups[s.Group]; g != nil {
		out.Preference, out.Priority = g.Preference, g.Priority
	}
	out.Release, out.DeadAfter = v.release(name, s)
	out.Primitives = out.Agent.Primitives
	out.Check = v.check(s, out.Agent)
	out.HasCheck = out.Check.Kind != CheckNone
	if out.HasCheck {
		out.CheckInterval = out.Check.Interval
	}
	out.Digest = digest(&out)
	return out
}

var activations = map[string]service.Activation{
	"auto": service.ActivateAuto, "manual": service.ActivateManual, "disabled": service.ActivateDisabled,
}

// spec: without a word of the operator, everybody shall hear it. A node cannot
// know whether the others are in its area, too, and who is not heard of counts
// as free (docs/decisions/0015-areas.md).
func (s ScopeValue) spec() service.Scope {
	switch {
	case s.Area != nil:
		return service.Scope{Kind: service.ScopeArea, Area: uint32(*s.Area)}
	case s.Link != "":
		return service.Scope{Kind: service.ScopeLink, Link: s.Link}
	}
	return service.Scope{Kind: service.ScopeAS}
}
