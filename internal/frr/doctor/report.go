// Package doctor examines the router beside srrd: what is set, what should be,
// the lines to type, and what that gains. It changes nothing.
package doctor

import (
	"net/netip"
	"time"

	"srr/internal/routerid"
)

// Level of a Finding.
type Level string

// The levels. Unknown is what could not be read.
const (
	OK      Level = "ok"
	Warn    Level = "warn" // it works, but slower or with a risk
	Fail    Level = "fail" // it does not work
	Unknown Level = "unknown"
)

// Finding is the result of one check.
type Finding struct {
	Name  string   `json:"name"`            // short and constant, for scripts
	On    string   `json:"on,omitempty"`    // interface, neighbor or unit concerned
	Level Level    `json:"level"`           //
	Is    string   `json:"is"`              // what is
	Want  string   `json:"want,omitempty"`  // what should be
	Lines []string `json:"lines,omitempty"` // what to type; vtysh unless the first says otherwise
	Gain  string   `json:"gain,omitempty"`  // what the change gains
}

// Report is all of it.
type Report struct {
	Findings []Finding `json:"findings"`
}

// Worst is the most severe level in the report.
func (r Report) Worst() Level {
	worst := OK
	rank := map[Level]int{OK: 0, Unknown: 1, Warn: 2, Fail: 3}
	for _, f := range r.Findings {
		if rank[f.Level] > rank[worst] {
			worst = f.Level
		}
	}
	return worst
}

// Expect is what srrd knows of this node.
type Expect struct {
	RouterID routerid.ID  // zero: not configured
	Services []netip.Addr // service addresses of this node
	Units    []string     // systemd units that srrd starts, so that the boot must not
	Scopes   []Scoped     // of the services
	// MinArrival is what the configuration says of every router of the domain.
	MinArrival time.Duration
	// Hold is for how long an address is not announced again because of it.
	Hold time.Duration
}

// Check judges the facts. Pure.
func Check(f Facts, e Expect) Report {
	var r Report
	if f.OSPF.RouterID == "" {
		r.Findings = append(r.Findings, Finding{
			Name: "ospf-process", Level: Fail, Is: "ospfd does not answer or has no `router ospf`", Want: "a running OSPF process",
			Lines: []string{"# shell:", "systemctl status frr", "vtysh -c 'show ip ospf'"},
		})
		r.Findings = append(r.Findings, hostChecks(f, e)...)
		return r
	}
	for _, check := range []func(Facts, Expect) []Finding{
		processChecks, restartChecks, areaChecks, timerChecks, interfaceChecks, neighborChecks, bfdChecks, zebraChecks, apiChecks, hostChecks, arpChecks, memoryChecks, addressChecks, unreadChecks,
	} {
		r.Findings = append(r.Findings, check(f, e)...)
	}
	return r
}

// judge makes a finding that is fine or, if not good, of the given level.
func judge(good bool, bad Level, f Finding) Finding {
	f.Level = bad
	if good {
		f.Level, f.Lines, f.Gain = OK, nil, ""
	}
	return f
}

func onInterface(name string, lines ...string) []string {
	return append([]string{"configure terminal", "interface " + name}, append(lines, "end")...)
}

func onRouter(lines ...string) []string {
	return append([]string{"configure terminal", "router ospf"}, append(lines, "end")...)
}
