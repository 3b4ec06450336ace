package doctor

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"srr/internal/frr/vty"
	"srr/internal/service"
)

var commands = [][2]string{
	{vty.OSPFd, "show ip ospf json"},
	{vty.OSPFd, "show ip ospf"},
	{vty.OSPFd, "show ip ospf interface json"},
	{vty.OSPFd, "show ip ospf neighbor json"},
	{vty.OSPFd, "show running-config"},
	{vty.BFDd, "show bfd peers json"},
	{vty.Zebra, "show running-config"},
	{vty.Zebra, "show ip route connected json"},
}

func fileName(daemon, command string) string {
	return daemon + "-" + strings.ReplaceAll(command, " ", "-") + ".txt"
}

// captured answers from what FRR 8.4.4 printed (testdata, made by the lab test
// with SRR_CAPTURE=1), with replacements.
type captured struct {
	dir  string
	edit *strings.Replacer
}

func (c captured) Show(_ context.Context, daemon, command string) ([]byte, error) {
	b, err := os.ReadFile(filepath.Join("testdata", c.dir, fileName(daemon, command)))
	if err == nil && c.edit != nil {
		b = []byte(c.edit.Replace(string(b)))
	}
	return b, err
}

var wellHost = Host{
	Listens: []netip.Addr{netip.IPv4Unspecified()}, Clients: 2, Filtered: true,
	Scores: map[string]int{"srrd": -900, "ospfd": -900, "zebra": -500}, ARP: map[string]ARP{"eth0": {"1", "2"}, "eth9": {"0", "0"}},
	RPFilter: map[string]string{"eth0": "2", "eth9": "1", "all": "0"}, Units: map[string]string{"nginx.service": "disabled"},
}

var expected = Expect{RouterID: 0x0a000001, Services: []netip.Addr{netip.MustParseAddr("10.71.100.1")}, Units: []string{"nginx.service"}, Scopes: []Scoped{{Name: "web", Scope: service.Scope{Kind: service.ScopeAS}, Address: true}}}

func report(t *testing.T, dir string, host Host, e Expect, edit ...string) Report {
	t.Helper()
	f := readRouter(t.Context(), captured{dir, strings.NewReplacer(edit...)})
	f.Host = host
	return Check(f, e)
}

func bad(r Report) string {
	var all []string
	for _, f := range r.Findings {
		if f.Level != OK {
			all = append(all, fmt.Sprintf("%s %s", f.Level, strings.TrimSpace(f.Name+" "+f.On)))
		}
	}
	return strings.Join(all, "; ")
}

func TestTunedIsFine(t *testing.T) {
	r := report(t, "tuned", wellHost, expected)
	if bad(r) != "" || r.Worst() != OK || len(r.Findings) < 15 {
		t.Errorf("%s, worst %s, %d findings", bad(r), r.Worst(), len(r.Findings))
	}
}

func TestOneThingWrong(t *testing.T) {
	for _, c := range []struct {
		name string
		edit []string
		host func(*Host)
		e    func(*Expect)
		want string
	}{
		{name: "router ID", e: func(e *Expect) { e.RouterID++ }, want: "fail router-id"},
		{name: "opaque", edit: []string{`"opaqueCapable":true`, `"opaqueCapable":false`}, want: "fail opaque-capability"},
		{name: "min-arrival", edit: []string{`"lsaMinArrivalMsecs":0`, `"lsaMinArrivalMsecs":1000`}, want: "fail lsa-min-arrival"},
		{name: "min-arrival elsewhere", e: func(e *Expect) { e.MinArrival, e.Hold = time.Second, 1100*time.Millisecond }, want: "warn lsa-min-arrival"},
		{name: "NSSA", edit: []string{"(Backbone)", "(NSSA, no summary)"}, want: "fail areas"},
		{name: "stub", edit: []string{"(Backbone)", "(Stub)"}, want: "fail areas"},
		{name: "another area", e: func(e *Expect) {
			e.Scopes = []Scoped{{Name: "web", Scope: service.Scope{Kind: service.ScopeArea, Area: 7}}}
		}, want: "fail areas"},
		{name: "throttle", edit: []string{`"lsaMinIntervalMsecs":0`, `"lsaMinIntervalMsecs":5000`}, want: "warn lsa-throttle"},
		{name: "spf", edit: []string{`"holdtimeMaxMsecs":1000`, `"holdtimeMaxMsecs":5000`}, want: "warn spf-throttle"},
		{name: "work-queue", edit: []string{"zebra work-queue 0", "!"}, want: "warn zebra-work-queue"},
		{name: "retransmit", edit: []string{`"timerRetransmitSecs":1`, `"timerRetransmitSecs":5`}, want: "warn retransmit-interval eth0"},
		{name: "priority", edit: []string{`"priority":0`, `"priority":1`}, want: "warn dr-priority eth0"},
		{name: "down", edit: []string{`"ifUp":true`, `"ifUp":false`}, want: "fail interface-up eth0"},
		{name: "deaf", edit: []string{`"nbrCount":1`, `"nbrCount":0`}, want: "fail neighbors eth0"},
		{name: "stuck", edit: []string{`"nbrState":"Full\/DR"`, `"nbrState":"ExStart\/DR"`}, want: "warn neighbor 10.0.0.2 on eth0"},
		{name: "one way", edit: []string{`"nbrState":"Full\/DR"`, `"nbrState":"Init\/DROther"`}, want: "fail neighbor 10.0.0.2 on eth0"},
		{name: "slow bfd", edit: []string{`"remote-transmit-interval":50`, `"remote-transmit-interval":300`}, want: "warn bfd-session 10.71.1.2 on eth0"},
		{name: "bfd down", edit: []string{`"status":"up"`, `"status":"down"`}, want: "warn bfd-session 10.71.1.2 on eth0"},
		{name: "no bfd", edit: []string{" ip ospf bfd\n", "", " ip ospf bfd profile b\n", ""}, want: "warn bfd eth0"},
		{name: "no bfd, slow hello", edit: []string{" ip ospf bfd\n", "", " ip ospf bfd profile b\n", "", `"timerDeadSecs":1`, `"timerDeadSecs":40`}, want: "warn hello-dead eth0; warn bfd eth0"},
		{name: "filter", edit: []string{" timers throttle spf", " distribute-list X out connected\n timers throttle spf"}, want: "warn distribute-list"},
		{name: "API closed", host: func(h *Host) { h.Listens = nil }, want: "fail ospf-api"},
		{name: "API exposed", host: func(h *Host) { h.Filtered = false }, want: "warn ospf-api-exposed"},
		{name: "rp_filter", host: func(h *Host) { h.RPFilter = map[string]string{"eth0": "1"} }, want: "warn rp-filter eth0"},
		{name: "ARP answers", host: func(h *Host) { h.ARP = map[string]ARP{"eth0": {"0", "2"}} }, want: "warn arp-ignore eth0"},
		{name: "ARP asks", host: func(h *Host) { h.ARP = map[string]ARP{"eth0": {"2", "1"}} }, want: "warn arp-announce eth0"},
		{name: "ARP does not matter", host: func(h *Host) { h.ARP = map[string]ARP{"eth0": {"0", "0"}} }, e: func(e *Expect) { e.Services = nil }},
		{
			name: "ARP, two links on a LAN", host: func(h *Host) { h.ARP = map[string]ARP{"eth0": {"0", "0"}} }, e: func(e *Expect) { e.Services = nil },
			edit: []string{`"interfaceName":"eth0"`, `"interfaceName":"eth0"},{"interfaceName":"eth1"`}, want: "warn arp-ignore eth0; warn arp-announce eth0",
		},
		{name: "out of memory", host: func(h *Host) { h.Scores = map[string]int{"srrd": 0, "ospfd": -900, "zebra": 0} }, want: "warn oom-score srrd; warn oom-score zebra"},
		{name: "graceful restart", edit: []string{" timers throttle spf", " graceful-restart grace-period 120\n graceful-restart helper enable\n timers throttle spf"}, want: "warn graceful-restart"},
		{name: "boot", host: func(h *Host) { h.Units = map[string]string{"nginx.service": "enabled"} }, want: "fail unit-at-boot nginx.service"},
		{name: "in a subnet", e: func(e *Expect) { e.Services = []netip.Addr{netip.MustParseAddr("10.71.1.9")} }, want: "warn service-address 10.71.1.9"},
		{name: "taken", edit: []string{"10.71.1.0/24", "10.71.100.1/32"}, want: "fail service-address 10.71.100.1"},
		{name: "not JSON", edit: []string{`"neighbors":{`, `"neighbors":[`}, want: "unknown unread ospfd: show ip ospf neighbor json"},
		{name: "no process", edit: []string{`"routerId"`, `"x"`}, want: "fail ospf-process"},
	} {
		t.Run(c.name, func(t *testing.T) {
			host, e := wellHost, expected
			if c.host != nil {
				c.host(&host)
			}
			if c.e != nil {
				c.e(&e)
			}
			r := report(t, "tuned", host, e, c.edit...)
			if got := bad(r); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			for _, f := range r.Findings {
				if f.Level == Warn && f.Want == "" || f.Level == Warn && len(f.Lines) == 0 && f.Gain == "" {
					t.Errorf("says not what to do: %+v", f)
				}
			}
			if _, err := json.Marshal(r); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestDefaultWarns(t *testing.T) {
	got := bad(report(t, "default", wellHost, expected))
	for _, want := range []string{"warn spf-throttle", "fail lsa-min-arrival", "warn lsa-throttle", "warn hello-dead eth0", "warn retransmit-interval eth0", "warn dr-priority eth0", "warn bfd eth0", "warn zebra-work-queue", "unknown unread bfdd: show bfd peers json"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in %s", want, got)
		}
	}
}

func TestSockets(t *testing.T) {
	const text = `  sl  local_address rem_address   st
   0: 00000000:0A2F 00000000:0000 0A 0
   1: 0100007F:0A2F 0100007F:8AA2 01 0
   2: 0100007F:8AA2 0100007F:0A2F 01 0
   3: 0100007F:0A30 00000000:0000 0A 0
   4: zz:0A2F 00000000:0000 0A 0
`
	listens, clients := parseSockets(text, apiPort)
	if len(listens) != 1 || listens[0] != netip.IPv4Unspecified() || clients != 1 {
		t.Errorf("%v, %d", listens, clients)
	}
	if a, ok := parseKernelAddr("0100007F"); !ok || !a.IsLoopback() {
		t.Errorf("%v", a)
	}
	if a, ok := parseKernelAddr("00000000000000000000000001000000"); !ok || !a.IsLoopback() {
		t.Errorf("%v", a)
	}
}

func TestFiltered(t *testing.T) {
	for _, c := range []struct {
		rules string
		want  bool
	}{
		{"", false},
		{`iifname != "lo" tcp dport 2607 drop`, true},
		{`tcp dport { 2601, 2607 } reject`, true},
		{"type filter hook input priority 0; policy drop;\ntcp dport 22 accept", true},
		{"type filter hook input priority 0; policy drop;\ntcp dport 2607 accept", false},
		{"type filter hook forward priority 0; policy drop;", false},
	} {
		if got := filtered(c.rules); got != c.want {
			t.Errorf("%q: %v", c.rules, got)
		}
	}
}

func TestAreaFault(t *testing.T) {
	as := Scoped{Name: "web", Scope: service.Scope{Kind: service.ScopeAS}, Address: true}
	disk := Scoped{Name: "disk", Scope: as.Scope}
	in2 := Scoped{Name: "local", Scope: service.Scope{Kind: service.ScopeArea, Area: 2}, Address: true}
	const nssa, stub, normal = "Area ID: 0.0.0.2 (NSSA)\n", "Area ID: 0.0.0.2 (Stub, no summary)\n", " Area ID: 0.0.0.1\n"
	for _, c := range []struct {
		name, areas string
		services    []Scoped
		want        string // part of the fault; "": none
	}{
		{"backbone", " Area ID: 0.0.0.0 (Backbone)\n", []Scoped{as, disk}, ""},
		{"normal", normal, []Scoped{as, disk}, ""},
		{"NSSA", nssa, []Scoped{as}, "records of AS scope neither enter nor leave area 0.0.0.2 (NSSA)"},
		{"NSSA, resource", nssa, []Scoped{disk}, "each other's disk"},
		{"all in the NSSA", nssa, []Scoped{in2}, ""},
		{"a second link", nssa + normal, []Scoped{as, in2}, ""},
		{"stub", stub, []Scoped{in2}, "no external route leaves area 0.0.0.2 (stub)"},
		{"stub, resource", stub, []Scoped{disk}, "set its scope to {area: 0.0.0.2}"},
		{"elsewhere", normal, []Scoped{in2}, "no link in the area"},
		{"no service", nssa, nil, ""},
	} {
		err := AreaFault(parseAreas(c.areas), c.services)
		if got := fmt.Sprint(err); (err != nil) != (c.want != "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}
