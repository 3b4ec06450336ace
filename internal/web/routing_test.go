package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"srr/internal/identity"
)

func TestOnlyOneShowCommand(t *testing.T) {
	good := []string{"show ip ospf neighbor", "show ip route 10.0.0.1/32 json", "show interface eth0"}
	for _, c := range good {
		if err := checkShow(c, identity.Operator); err != nil {
			t.Errorf("%q: %v", c, err)
		}
	}
	bad := []string{
		"", "show", "configure terminal", "clear ip ospf process", "show ip route | include x", "show ip route; id",
		"show ip route\nconfigure terminal", "show\tip\x00route", "show ip route \x1b[2J", "$(id)", "-show ip", "no show",
		"show ip route > /tmp/x", "sh ip route", "ſhow ip route", "show " + strings.Repeat("x", 300),
		"show running-config", "show run", "show r", "show STARTUP-config", "show configuration running", "do show ip",
	}
	for _, c := range bad {
		if err := checkShow(c, identity.Operator); err == nil {
			t.Errorf("%q was taken", c)
		}
	}
	if err := checkShow("show running-config", identity.Administrator); err != nil {
		t.Error(err)
	}
}

// TestRoutingCommandPage: the command gets to the daemon as it is, the answer is
// text, and both are written down.
func TestRoutingCommandPage(t *testing.T) {
	s := newSite(t)
	c := s.as("operator")
	form := url.Values{"token": {tokenIn(s.get(c, "/routing").body)}, "daemon": {"ospfd"}, "command": {"show ip ospf neighbor"}}
	got := s.send(c, "POST", "/routing", form)
	if got.status != http.StatusOK || !strings.Contains(got.body, "answer to show ip ospf neighbor") || !strings.Contains(got.body, "&lt;script&gt;") || strings.Contains(got.body, "\x1b") {
		t.Errorf("%d %s", got.status, got.body)
	}
	for _, bad := range []url.Values{
		{"daemon": {"../../etc"}, "command": {"show ip route"}},
		{"daemon": {"zebra"}, "command": {"show ip route | include x"}},
		{"daemon": {"zebra"}, "command": {"show running-config"}},
	} {
		bad.Set("token", form.Get("token"))
		if got := s.send(c, "POST", "/routing", bad); !strings.Contains(got.body, `class="inline bad"`) {
			t.Errorf("%v was not refused", bad)
		}
	}
	if seen := s.router.commands(); len(seen) != 1 || seen[0] != "ospfd: show ip ospf neighbor" {
		t.Errorf("the daemons saw %q", seen)
	}
	if got := strings.Count(s.deeds.String(), "anna (operator"); got != 4 {
		t.Errorf("the audit trail has %d lines:\n%s", got, s.deeds)
	}
}

func TestOnlyOneConfigurationLine(t *testing.T) {
	for _, c := range []string{"ip ospf cost 20", "no ip ospf cost", "router-id 10.0.0.1", "enable password x", "description $(id) `id` && id"} {
		if err := checkSetting(c); err != nil {
			t.Errorf("%q: %v", c, err)
		}
	}
	for _, c := range []string{
		"", " ", "ip ospf cost 20\nend", "ip ospf cost 20\x00write", "ip ospf \x1b[2J", "ip ospf cost ２0", "ip ospf cost 20 | include x", "ip ospf cost 20; id",
		"do show running-config", "DO write", "end", "e", "ex", "exit-vrf", "quit", "conf t", "write", "wr", "copy running-config startup-config", "ip " + strings.Repeat("x", 300),
	} {
		if err := checkSetting(c); err == nil {
			t.Errorf("%q was taken", c)
		}
	}
}

// TestKeysAreNotWrittenDown, however they are abbreviated.
func TestKeysAreNotWrittenDown(t *testing.T) {
	for line, want := range map[string]string{
		"ip ospf cost 20": "ip ospf cost 20", "area 0 authentication": "area 0 authentication", "passive-interface eth0": "passive-interface eth0",
		"ip ospf authentication-key geheim": "ip ospf authentication-key …", "ip ospf authentication-k geheim": "ip ospf authentication-k …",
		"ip ospf message-digest-key 1 md5 geheim": "ip ospf message-digest-key …", "ip ospf mess 1 m geheim": "ip ospf mess …",
		"no ip ospf Message-Digest-Key 1 md5 geheim": "no ip ospf Message-Digest-Key …", "enable password 8 geheim": "enable password …",
		"key-string geheim": "key-string …", "key chain geheim": "key …",
	} {
		if got := discreet(line); got != want {
			t.Errorf("%q is written down as %q", line, got)
		}
	}
}

// TestRoutingIsConfigured by administrators: a line goes to the daemon as it is, behind
// what opens its place, and both are written down.
func TestRoutingIsConfigured(t *testing.T) {
	s := newSite(t)
	if got := s.get(s.as("operator"), "/routing"); strings.Contains(got.body, "/routing/set") {
		t.Error("an operator is shown the form")
	}
	c := s.as("administrator")
	form := func(daemon, place, line string) url.Values {
		return url.Values{"token": {tokenIn(s.get(c, "/routing").body)}, "daemon": {daemon}, "place": {place}, "line": {line}}
	}
	if got := s.send(c, "POST", "/routing/set", form("ospfd", "interface lo", " ip ospf cost 20 ")); got.status != http.StatusOK || !strings.Contains(got.body, "ospfd has taken it") {
		t.Errorf("%d %s", got.status, got.body)
	}
	if got := s.send(c, "POST", "/routing/set", form("zebra", anywhere, "ip route nonsense")); !strings.Contains(got.body, "Unknown command: ip route nonsense&lt;script&gt;\\x1b[2J") {
		t.Errorf("%d %s", got.status, got.body)
	}
	for _, bad := range []url.Values{
		form("../../etc", anywhere, "x"), form("ospfd", "interface lo\nend", "x"), form("ospfd", "interface nowhere", "x"), form("ospfd", "", "x"), form("ospfd", "router ospf", "end"),
	} {
		if got := s.send(c, "POST", "/routing/set", bad); !strings.Contains(got.body, `class="inline bad"`) {
			t.Errorf("%v was not refused", bad)
		}
	}
	s.send(c, "POST", "/routing/set", form("ospfd", "interface lo", "ip ospf authentication-key nonsense"))
	want := []string{"ospfd: interface lo / ip ospf cost 20", "zebra: ip route nonsense", "ospfd: interface lo / ip ospf authentication-key nonsense"}
	if seen := s.router.commands(); !slices.Equal(seen, want) {
		t.Errorf("the daemons saw %q", seen)
	}
	deeds := s.deeds.String()
	if strings.Count(deeds, "anna (administrator") != 8 || !strings.Contains(deeds, "configure ospfd, interface lo: ip ospf cost 20: accepted\n") || !strings.Contains(deeds, "configure ospfd, interface lo: ip ospf authentication-key …: refused\n") {
		t.Errorf("the audit trail:\n%s", deeds)
	}
}
