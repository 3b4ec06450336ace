package config

import (
	"maps"
	"net/netip"
	"slices"
	"time"

	"srr/internal/discovery"
	"srr/internal/routerid"
	"srr/internal/service"
)

type addr = netip.Addr

// validator holds the rules between values.
type validator struct {
	*loading
	file  *File
	names []string // of the services, sorted
}

func (v *validator) all(self routerid.ID) {
	owner := map[addr]string{}
	for _, name := range v.names {
		s := v.file.Services[name]
		v.judge(s, func() {
			v.addresses(name, s, owner, self)
			v.checkAgentKeys(s)
			v.membership(s)
			v.times(s)
			v.scope(s)
			if s.Exclusion == "strict" {
				v.failAt(v.where(&s.Exclusion), "remove it; convergent is the default",
					"strict exclusion is not available in this version")
			}
		})
	}
	v.dependencies()
}

// scope refuses what ends in a crash of ospfd.
func (v *validator) scope(s *ServiceSection) {
	if s.Scope.Link != "" {
		v.failAt(v.where(&s.Scope.Link, &s.Scope), "remove it for the area of this node, or write {area: 0.0.0.1} or as",
			"scope link is not available: ospfd (FRR 8.4) crashes when an interface goes down that such a record belongs to")
	}
}

// addresses refuses what cannot be a service's own host route.
func (v *validator) addresses(name string, s *ServiceSection, owner map[addr]string, self routerid.ID) {
	if len(s.Addresses) > discovery.MaxAddresses {
		v.failAt(v.where(&s.Addresses), "", "%d addresses, at most %d fit into a record", len(s.Addresses), discovery.MaxAddresses)
	}
	for i, a := range s.Addresses {
		at := v.where(&s.Addresses[i], &s.Addresses)
		if why := addressRefusal(a, self); why != "" {
			v.failAt(at, "", "%s %s", a, why)
		}
		switch other, taken := owner[a]; {
		case taken && other == name:
			v.failAt(at, "remove one of them", "%s is listed twice", a)
		case taken:
			v.failAt(at, "every service has addresses of its own",
				"%s is an address of service %s already, at %s", a, other, v.addressAt(other, a))
		default:
			owner[a] = name
		}
	}
}

func (v *validator) addressAt(name string, a addr) Position {
	s := v.file.Services[name]
	return v.where(&s.Addresses[slices.Index(s.Addresses, a)], s)
}

func addressRefusal(a addr, self routerid.ID) string {
	switch {
	case a.Zone() != "":
		return "has a zone: it must be valid in the whole network"
	case a.Is4In6():
		return "is an IPv4 address in IPv6 form; write " + a.Unmap().String()
	case a.IsMulticast(), a.IsLoopback(), a.IsUnspecified():
		return "is no unicast address of the network"
	case a.IsLinkLocalUnicast():
		return "is link-local: no router passes packets to it"
	case a.Is4() && (a.As4()[0] == 0 || a.As4()[0] >= 240):
		return "is reserved"
	case a.Is6():
		return "is IPv6: routing through FRR's ospfd (OSPFv2) carries IPv4 only in this version"
	case routerid.FromAddr(a) == self:
		return "is the router ID of this node"
	}
	return ""
}

// membership checks what belongs to a group and what to a service alone.
func (v *validator) membership(s *ServiceSection) {
	if s.Group == "" {
		if v.has(&s.Critical) && !s.Critical {
			v.failAt(v.where(&s.Critical), "remove the key", "a service without a group is critical to itself")
		}
		return
	}
	if _, ok := v.file.Groups[s.Group]; !ok && validName.MatchString(s.Group) {
		groups := slices.Sorted(maps.Keys(v.file.Groups))
		hint := didYouMean(s.Group, groups)
		if hint == "" {
			hint = "add " + s.Group + ": {} to groups"
		}
		v.failAt(v.where(&s.Group), hint, "group %q is not defined", s.Group)
	}
	if v.has(&s.Preference) {
		v.failAt(v.where(&s.Preference), "set groups."+s.Group+".preference",
			"the preference is the group's, not a member's")
	}
	if v.has(&s.Priority) {
		v.failAt(v.where(&s.Priority), "set groups."+s.Group+".priority",
			"the priority is the group's, not a member's")
	}
}

func (v *validator) times(s *ServiceSection) {
	if v.has(&s.FailureTimeoutMax) && s.FailureTimeoutMax < s.FailureTimeout {
		v.failAt(v.where(&s.FailureTimeoutMax), "", "failure-timeout-max %s is less than failure-timeout %s",
			s.FailureTimeoutMax, s.FailureTimeout)
	}
	if len(s.Addresses) > 0 && v.has(&s.DeadAfter) && s.DeadAfter != 0 && s.DeadAfter <= AddressLifetime {
		v.failAt(v.where(&s.DeadAfter), "at least 6s, or 0 for never by itself",
			"dead-after %s promises too much: addresses live for %s", s.DeadAfter, AddressLifetime)
	}
}

func (v *validator) failureMax(s *ServiceSection) time.Duration {
	if v.has(&s.FailureTimeoutMax) {
		return s.FailureTimeoutMax
	}
	return max(s.FailureTimeoutMax, s.FailureTimeout)
}

// release resolves release and dead-after: what is a resource, or depends on
// one, is free only when its stop was verified.
func (v *validator) release(name string, s *ServiceSection) (service.Release, time.Duration) {
	verified := s.Release == "verified"
	if why := v.needsResource(name); why != "" {
		verified = true
		if s.Release == "address" {
			v.failAt(v.where(&s.Release), "write verified, or remove the key",
				"release by address is not safe: %s", why)
		}
		if s.OnMediumLoss.Keep != 0 {
			v.failAt(v.where(&s.OnMediumLoss), "write stop, or remove the key",
				"it must stop when the medium is lost: %s", why)
		}
	}
	switch {
	case !verified:
		return service.ReleaseAddress, s.DeadAfter
	case v.has(&s.DeadAfter):
		return service.ReleaseVerified, s.DeadAfter
	}
	return service.ReleaseVerified, 0
}

// needsResource says why the service must not run twice; "" if it may.
func (v *validator) needsResource(name string) string {
	seen := map[string]bool{}
	var find func(string) string
	find = func(n string) string {
		s := v.file.Services[n]
		if s == nil || seen[n] {
			return ""
		}
		seen[n] = true
		if len(s.Addresses) == 0 && !v.partial[&s.Addresses] {
			return n
		}
		for _, d := range s.DependsOn {
			if r := find(d); r != "" {
				return r
			}
		}
		return ""
	}
	switch r := find(name); r {
	case "":
		return ""
	case name:
		return "a service without addresses is a resource"
	default:
		return "it depends on the resource " + r
	}
}
