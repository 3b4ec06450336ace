package config

import (
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
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
	Targets  []string // tcp: HOST:PORT; http: URL; dns: HOST:PORT of the server; icmp: address
	HTTP     HTTPExpect
	DNSName  string // fully qualified or not, as written
	DNSType  string // "A", "AAAA", …
	Command  []string
	Interval time.Duration // from the end of one to the beginning of the next
	Timeout  time.Duration
	Fall     int // so many downs in a row are down, ≥ 1
	Rise     int // so many ups in a row are up, ≥ 1
}

// HTTPExpect is what an HTTP check wants of the answer.
type HTTPExpect struct {
	Status   []StatusRange // empty: 200–399
	Contains string        // empty: anything
	Host     string        // empty: that of the URL
	Insecure bool          // certificates are not verified
}

// StatusRange is a range of status codes, inclusive.
type StatusRange struct{ From, To int }

// placeholder stands for an address of the service.
const placeholder = "{address}"

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
		c.Targets = v.targets(s, &k.TCP, string(k.TCP), hostPortProblem)
	case CheckHTTP:
		c.Targets = v.targets(s, &k.HTTP, k.HTTP.URL, urlProblem)
		c.HTTP = HTTPExpect{v.statusRanges(&k.HTTP), k.HTTP.Contains, k.HTTP.Host, k.HTTP.Insecure}
	case CheckDNS:
		server := k.DNS.Server
		if server == "" {
			server = placeholder
		}
		if _, _, err := net.SplitHostPort(strings.ReplaceAll(server, placeholder, "address")); err != nil {
			server = strings.ReplaceAll(server, placeholder, "["+placeholder+"]") + ":53"
		}
		c.Targets = v.targets(s, &k.DNS, server, hostPortProblem)
		c.DNSName, c.DNSType = k.DNS.Name, k.DNS.Type
		if c.DNSName != "" && !domainName.MatchString(c.DNSName) {
			v.failAt(v.where(&k.DNS.Name, &k.DNS), "", "%q is no domain name", clip(c.DNSName))
		}
	case CheckICMP:
		c.Targets = v.targets(s, &k.ICMP, k.ICMP, addressProblem)
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

// targets puts the addresses in, and reports the first that is wrong.
func (v *validator) targets(s *ServiceSection, field any, text string, problem func(string) string) []string {
	if text == "" {
		return nil // reported already
	}
	out := []string{text}
	if strings.Contains(text, placeholder) {
		if len(s.Addresses) == 0 {
			v.failAt(v.where(field, s), "write an address", "there is no %s: the service has none", placeholder)
			return nil
		}
		out = out[:0]
		for _, a := range s.Addresses {
			out = append(out, strings.ReplaceAll(strings.ReplaceAll(text, "["+placeholder+"]", bracket(a)), placeholder, bracket(a)))
		}
	}
	for _, t := range out {
		if why := problem(t); why != "" {
			v.failAt(v.where(field, s), why, "nothing can be checked at %q", clip(t))
			break
		}
	}
	return out
}

// bracket writes an address as in a URL.
func bracket(a netip.Addr) string {
	if a.Is6() {
		return "[" + a.String() + "]"
	}
	return a.String()
}

func hostPortProblem(text string) string {
	host, port, err := net.SplitHostPort(text)
	if err != nil || host == "" {
		return "write HOST:PORT, such as {address}:80"
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return "the port is a number from 1 to 65535"
	}
	return ""
}

func urlProblem(text string) string {
	u, err := url.Parse(text)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" {
		return "write a URL such as http://{address}/"
	}
	return ""
}

func addressProblem(text string) string {
	if _, err := netip.ParseAddr(strings.Trim(text, "[]")); err != nil {
		return "write an IP address"
	}
	return ""
}

func (v *validator) statusRanges(h *HTTPCheck) (out []StatusRange) {
	for i, text := range h.Status {
		from, to, both := strings.Cut(string(text), "-")
		if !both {
			to = from
		}
		a, err1 := strconv.Atoi(from)
		b, err2 := strconv.Atoi(to)
		if err1 != nil || err2 != nil || a < 100 || b > 599 || a > b {
			v.failAt(v.where(&h.Status[i], h), `such as 200 or 200-299`, "%q is no status code", clip(string(text)))
			continue
		}
		out = append(out, StatusRange{a, b})
	}
	return out
}
