package config

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const base = head + `groups: {shop: {preference: 100}, store: {}}
services:
  web: {group: shop, addresses: [10.1.0.1], unit: nginx.service, check: {http: "http://{address}/"}}
  dns: {addresses: [10.1.0.53], exec: /usr/bin/true}
`

// reload loads base, and base with each old replaced by new.
func reload(t *testing.T, replacements ...string) (*Config, *Config) {
	t.Helper()
	inDir(t, base)
	old := mustLoad(t)
	text := strings.NewReplacer(replacements...).Replace(base)
	if len(replacements) > 0 && text == base {
		t.Fatal("nothing replaced")
	}
	write(t, "srr.yaml", text)
	return old, mustLoad(t)
}

func TestDiff(t *testing.T) {
	for name, c := range map[string]struct {
		replace       []string
		inactive      string
		live, blocked string
	}{
		"nothing":    {},
		"preference": {replace: []string{"preference: 100", "preference: 200"}, live: `service web: preference "100" → "200"`},
		"interval": {
			replace: []string{`/"}`, `/", interval: 5s, fall: 3}`},
			live:    `service web: check.interval "10s" → "5s"|service web: check.fall "2" → "3"`,
		},
		"check": {
			replace: []string{`http: "http://{address}/"`, "tcp: 80"},
			live:    `service web: check "http / of target status 200-399 tls false insecure false follow false at 10.1.0.1:80" → "tcp at 10.1.0.1:80"`,
		},
		"times": {
			replace: []string{"unit:", "timeouts: {start: 5m}, failure-timeout: 1m, dead-after: 9s, unit:"},
			live: `service web: failure-timeout "10m0s" → "1m0s"|service web: dead-after "7s" → "9s"|` +
				`service web: timeouts.start "1m0s" → "5m0s"`,
		},
		"who is told": {
			replace: []string{"groups:", "notify: [{command: [/bin/tell], on: [failure, return]}, {webhook: \"https://h/secret\"}]\ngroups:"},
			live:    `node: notify "" → "command /bin/tell failure return; webhook https://h (ce6a4806)"`,
		},
		"address while active": {
			replace: []string{"10.1.0.53", "10.1.0.54"},
			blocked: `service dns: addresses "10.1.0.53" → "10.1.0.54" (only while it is inactive on this node)`,
		},
		"address while inactive": {
			replace: []string{"10.1.0.53", "10.1.0.54"}, inactive: "dns",
			live: `service dns: addresses "10.1.0.53" → "10.1.0.54"`,
		},
		"group": {
			replace: []string{"group: shop", "group: store"},
			blocked: `service web: group "shop" → "store" (only while it is inactive on this node)`,
		},
		"agent and scope": {
			replace: []string{"exec: /usr/bin/true", "exec: /usr/bin/false, primitives: [start, stop], scope: {area: 7}"},
			live:    `service dns: check "primitive" → ""`,
			blocked: `service dns: agent "exec /usr/bin/true" → "exec /usr/bin/false answers start, stop" (only while it is inactive on this node)|` +
				`service dns: scope "as" → "area 0.0.0.7" (only while it is inactive on this node)`,
		},
		"removed and added": {
			replace: []string{"dns:", "resolver:"},
			live:    `service resolver: added`,
			blocked: `service dns: removed (only while it is inactive on this node)`,
		},
		"removed while inactive": {
			replace: []string{"dns:", "resolver:"}, inactive: "dns",
			live: `service resolver: added|service dns: removed`,
		},
		"node": {
			replace: []string{"router-id: 10.0.0.1", "router-id: 10.0.0.2, leave-grace: 6s"},
			live:    `node: node.leave-grace "5s" → "6s"`,
			blocked: `node: node.router-id "10.0.0.1" → "10.0.0.2" (only when srrd starts)`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			old, next := reload(t, c.replace...)
			live, blocked := Diff(old, next, func(s string) bool { return s == c.inactive })
			if diff := cmp.Diff(c.live, lines(live)); diff != "" {
				t.Errorf("live: %s", diff)
			}
			if diff := cmp.Diff(c.blocked, lines(blocked)); diff != "" {
				t.Errorf("blocked: %s", diff)
			}
		})
	}
}

func lines(changes []Change) string {
	var out []string
	for _, c := range changes {
		out = append(out, c.String())
	}
	return strings.Join(out, "|")
}

func TestRefusedReloadListsEverything(t *testing.T) {
	old, next := reload(t, "10.1.0.53", "10.1.0.54", "cluster: shop", "cluster: other")
	_, blocked := Diff(old, next, func(string) bool { return false })
	want := `reload refused, nothing was changed:
  node: cluster "shop" → "other" (only when srrd starts)
  srr.yaml:7:3: service dns: addresses "10.1.0.53" → "10.1.0.54" (only while it is inactive on this node)`
	if diff := cmp.Diff(want, error(&ReloadRefused{blocked}).Error()); diff != "" {
		t.Error(diff)
	}
}

// TestDigest: nodes agree on a service exactly if what cannot be changed live is equal.
func TestDigest(t *testing.T) {
	for name, c := range map[string]struct {
		replace []string
		same    bool
	}{
		"preference":   {[]string{"preference: 100", "preference: 1"}, true},
		"check":        {[]string{`/"}`, `/x", interval: 1s}`}, true},
		"timeouts":     {[]string{"unit:", "timeouts: {stop: 1s}, restarts: {max: 1}, dead-after: 1m, unit:"}, true},
		"medium loss":  {[]string{"unit:", "on-medium-loss: {keep: 1s}, unit:"}, true},
		"node":         {[]string{"n1", "n2", "10.0.0.1", "10.0.0.9"}, true},
		"more address": {[]string{"[10.1.0.1]", "[10.1.0.1, 10.1.0.2]"}, false},
		"unit":         {[]string{"nginx.service", "apache2.service"}, false},
		"agent":        {[]string{"unit: nginx.service", "exec: /usr/sbin/nginx"}, false},
		"group":        {[]string{"group: shop", "group: store"}, false},
		"critical":     {[]string{"unit:", "critical: false, unit:"}, false},
		"release":      {[]string{"unit:", "release: verified, unit:"}, false},
		"scope":        {[]string{"unit:", "scope: {area: 0}, unit:"}, false},
		"scope said":   {[]string{"unit:", "scope: as, unit:"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			a, b := reload(t, c.replace...)
			if same := a.Service("web").Digest == b.Service("web").Digest; same != c.same {
				t.Errorf("same digest: %t, want %t", same, c.same)
			}
		})
	}
}

// TestDigestIsStable: nodes of different versions must agree; a change here
// needs a new name in the list of properties.
func TestDigestIsStable(t *testing.T) {
	inDir(t, base)
	c := mustLoad(t)
	got := ""
	for _, s := range c.Services {
		got += s.Name + " " + fmt.Sprintf("%x", s.Digest) + "\n"
	}
	if diff := cmp.Diff("dns b97af70f4181f10c\nweb a5ece3bc3360ee95\n", got); diff != "" {
		t.Error(diff)
	}
}

// TestHalfWrittenFile: whatever part of a file is there, the answer is a valid
// configuration or problems, and never both.
func TestHalfWrittenFile(t *testing.T) {
	inDir(t, base)
	for n := range len(base) {
		write(t, "srr.yaml", base[:n])
		c, err := Load("srr.yaml", nil)
		if (c == nil) == (err == nil) {
			t.Fatalf("%d bytes: config %v, error %v", n, c, err)
		}
		if problems, ok := errors.AsType[Problems](err); err != nil && (!ok || len(problems) == 0) {
			t.Fatalf("%d bytes: %T without problems", n, err)
		}
	}
}
