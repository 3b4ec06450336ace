package config

import (
	"cmp"
	"net/netip"
	"regexp"
	"time"

	"srr/internal/service"
)

// CheckKind says what looks at a service.
type CheckKind string

// The kinds.
const (
	CheckNone      CheckKind = ""
	CheckTCP       CheckKind = "tcp"
	CheckHTTP      CheckKind = "http"
	CheckDNS       CheckKind = "dns"
	CheckICMP      CheckKind = "icmp"
	CheckCommand   CheckKind = "command"
	CheckPrimitive CheckKind = "primitive"
)

// CheckSpec is how a service is checked. Targets hold one entry for each
// address of the service if {address} was written, else one; the service is up
// if all of them are.
type CheckSpec struct {
	Kind     CheckKind
	Targets  []netip.AddrPort // of tcp, http, dns; of icmp with port 0
	HTTP     HTTPSpec
	DNS      DNSSpec
	Command  []string
	Interval time.Duration // from the end of one to the beginning of the next
	Timeout  time.Duration
	Fall     int // so many downs in a row are down, ≥ 1
	Rise     int // so many ups in a row are up, ≥ 1
}

// HTTPSpec is what an HTTP check asks and wants to hear.
type HTTPSpec struct {
	TLS                  bool
	SkipVerify           bool
	Follow               bool
	Host                 string // header and TLS server name; empty: the target
	Path                 string // with the query; never empty
	StatusMin, StatusMax int
	Body                 string // a regular expression that compiles; empty: anything
}

// DNSSpec is what a DNS check asks and wants to hear.
type DNSSpec struct {
	Name   string   // in full; the final dot may be missing
	Type   string   // "A", "AAAA", …
	Expect []string // empty: at least one answer
}

// check translates and validates the section check.
func (v *validator) check(s *ServiceSection, a AgentSpec) CheckSpec {
	c := CheckSpec{
		Kind:     v.checkKind(s, a),
		Interval: s.Check.Interval, Timeout: s.Check.Timeout,
		Fall: s.Check.Fall, Rise: s.Check.Rise,
	}
	k := &s.Check
	switch c.Kind {
	case CheckTCP:
		c.Targets = v.targets(s, &k.TCP, string(k.TCP), 0)
	case CheckHTTP:
		v.http(s, &c)
	case CheckDNS:
		c.DNS = DNSSpec{k.DNS.Name, k.DNS.Type, k.DNS.Expect}
		c.Targets = v.targets(s, &k.DNS, cmp.Or(k.DNS.Server, placeholder), 53)
		if k.DNS.Name != "" && !domainName.MatchString(k.DNS.Name) {
			v.failAt(v.where(&k.DNS.Name, &k.DNS), "", "%q is no domain name", clip(k.DNS.Name))
		}
	case CheckICMP:
		c.Targets = v.targets(s, &k.ICMP, k.ICMP, icmpPort)
	case CheckCommand:
		v.program(&k.Command, k.Command)
		c.Command = k.Command
	}
	return c
}

var domainName = regexp.MustCompile(`^([A-Za-z0-9_]([A-Za-z0-9_-]{0,62})?\.?)+$|^\.$`)

// checkKind finds the one kind that is given, or the default.
func (v *validator) checkKind(s *ServiceSection, a AgentSpec) CheckKind {
	k := &s.Check
	var kinds []CheckKind
	for _, x := range []struct {
		kind  CheckKind
		field any
	}{
		{CheckTCP, &k.TCP},
		{CheckHTTP, &k.HTTP},
		{CheckDNS, &k.DNS},
		{CheckICMP, &k.ICMP},
		{CheckCommand, &k.Command},
		{CheckPrimitive, &k.Primitive},
	} {
		if v.has(x.field) {
			kinds = append(kinds, x.kind)
		}
	}
	answers := a.Primitives[service.Check]
	switch {
	case len(kinds) > 1:
		v.failAt(v.where(k, s), "keep one", "a service has one check, not both %s and %s", kinds[0], kinds[1])
	case len(kinds) == 0 && answers:
		return CheckPrimitive
	case len(kinds) == 0 && v.has(k):
		v.failAt(v.where(k), "one of tcp, http, dns, icmp and command", "the check does not say what to check")
	case len(kinds) == 1 && kinds[0] != CheckPrimitive:
		return kinds[0]
	case len(kinds) == 1 && k.Primitive && !answers:
		v.failAt(v.where(&k.Primitive), "one of tcp, http, dns, icmp and command",
			"the service has no primitive check")
	case len(kinds) == 1 && k.Primitive:
		return CheckPrimitive
	}
	return CheckNone
}
