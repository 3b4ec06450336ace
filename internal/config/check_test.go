package config

import (
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestCheck(t *testing.T) {
	targets := func(texts ...string) (out []netip.AddrPort) {
		for _, x := range texts {
			out = append(out, netip.MustParseAddrPort(x))
		}
		return out
	}
	for text, want := range map[string]CheckSpec{
		"tcp: 80":                      {Kind: CheckTCP, Targets: targets("10.1.0.1:80", "10.1.0.2:80")},
		`tcp: "{address}:80"`:          {Kind: CheckTCP, Targets: targets("10.1.0.1:80", "10.1.0.2:80")},
		`tcp: "[fd00::1]:80"`:          {Kind: CheckTCP, Targets: targets("[fd00::1]:80")},
		`icmp: 10.9.9.9`:               {Kind: CheckICMP, Targets: targets("10.9.9.9:0")},
		`command: [/bin/check, "a b"]`: {Kind: CheckCommand, Command: []string{"/bin/check", "a b"}},
		`dns: example.org`: {
			Kind: CheckDNS, Targets: targets("10.1.0.1:53", "10.1.0.2:53"), DNS: DNSSpec{Name: "example.org", Type: "A"},
		},
		`dns: {name: example.org, type: MX, server: "10.9.9.9:5353", expect: ["10 mx.example.org."]}`: {
			Kind: CheckDNS, Targets: targets("10.9.9.9:5353"),
			DNS: DNSSpec{Name: "example.org", Type: "MX", Expect: []string{"10 mx.example.org."}},
		},
		`http: "http://{address}/a?b=c"`: {
			Kind: CheckHTTP, Targets: targets("10.1.0.1:80", "10.1.0.2:80"),
			HTTP: HTTPSpec{Path: "/a?b=c", StatusMin: 200, StatusMax: 399},
		},
		`http: {url: "https://shop.example.org:8443", status: 204, body: "^ok", follow: true, insecure: true}`: {
			Kind: CheckHTTP, Targets: targets("10.1.0.1:8443", "10.1.0.2:8443"),
			HTTP: HTTPSpec{
				TLS: true, SkipVerify: true, Follow: true, Host: "shop.example.org:8443", Path: "/",
				StatusMin: 204, StatusMax: 204, Body: "^ok",
			},
		},
		`http: {url: "https://10.9.9.9/", host: shop.example.org, status: 200-299}`: {
			Kind: CheckHTTP, Targets: targets("10.9.9.9:443"),
			HTTP: HTTPSpec{TLS: true, Host: "shop.example.org", Path: "/", StatusMin: 200, StatusMax: 299},
		},
	} {
		t.Run(text, func(t *testing.T) {
			inDir(t, head+"services:\n  web:\n    addresses: [10.1.0.2, 10.1.0.1]\n    check: {"+text+"}\n")
			got := mustLoad(t).Services[0].Check
			want.Interval, want.Timeout, want.Fall, want.Rise = 10*time.Second, 3*time.Second, 2, 1
			if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b }), sorted); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// sorted compares targets whatever their order.
var sorted = cmp.Transformer("sorted", func(in []netip.AddrPort) map[netip.AddrPort]bool {
	out := map[netip.AddrPort]bool{}
	for _, x := range in {
		out[x] = true
	}
	return out
})

// TestPrimitiveCheckIsTheDefault of agents that have it.
func TestPrimitiveCheckIsTheDefault(t *testing.T) {
	for text, want := range map[string]CheckKind{
		"make: /m":                                CheckPrimitive,
		"make: /m, check: {interval: 3s}":         CheckPrimitive,
		"make: /m, check: {primitive: false}":     CheckNone,
		"make: /m, check: {tcp: 80}":              CheckTCP,
		"exec: /e":                                CheckPrimitive,
		"exec: /e, primitives: [start, stop]":     CheckNone,
		"run: [/r]":                               CheckNone,
		"unit: u.service":                         CheckNone,
		"preference: 1":                           CheckNone,
		"unit: u.service, check: {command: [/c]}": CheckCommand,
	} {
		inDir(t, head+"services:\n  web: {addresses: [10.1.0.1], "+text+"}\n")
		s := mustLoad(t).Services[0]
		if s.Check.Kind != want || s.HasCheck != (want != CheckNone) || (s.CheckInterval == 0) == s.HasCheck {
			t.Errorf("%s: %q, has check %t, interval %s", text, s.Check.Kind, s.HasCheck, s.CheckInterval)
		}
	}
}
