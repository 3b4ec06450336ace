package apitest

import (
	"time"

	"srr/internal/api"
	"srr/internal/routerid"
)

// Now is when the fixtures are true.
var Now = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// The nodes of the Shop cluster.
const (
	N1 = routerid.ID(0x0a000001) // 10.0.0.1
	N2 = routerid.ID(0x0a000002)
	N3 = routerid.ID(0x0a000003)
)

// ago is a time before Now.
func ago(d time.Duration) time.Time { return Now.Add(-d) }

// Hostile is text as an attacker would put it into a failure or an output: it
// clears the screen, sets the title, hides what follows and reverses it.
const Hostile = "boom\x1b[2J\x1b]0;owned\a\r\x00\u202eevil\nnext\x9b31m"

// Shop is a cluster of three nodes as n1 sees it: the group shop (a disk and
// a web server) runs on n1, dns runs on n2 and failed on n1, ftp is stopped by
// an operator, mail runs nowhere, and n3 is down.
func Shop() api.Snapshot {
	return api.Snapshot{
		Cluster: "prod", RouterID: N1, Node: "n1", Software: "1.0.0", At: Now, Sequence: 41,
		Medium: api.Medium{Kind: "ospf (frr)", State: api.MediumUp, Since: ago(3 * time.Hour), Neighbors: []routerid.ID{0x0a0000fe}},
		Gate:   api.Gate{State: api.GateOpen, Since: ago(3 * time.Hour)},
		Alarms: []api.Alarm{{Severity: api.Warning, Code: "digest", Since: ago(9 * time.Minute), Service: "dns", RouterID: N3, Text: "its record cannot be read: " + Hostile}},
		Nodes: []api.Node{
			{RouterID: N1, Name: "n1", Self: true, State: api.NodeUp, Source: "self", Since: ago(3 * time.Hour), Software: "1.0.0", Console: "10.0.0.1:8443", Flags: []string{"settled"}},
			{RouterID: N2, Name: "n2", State: api.NodeUp, Source: "spf", Since: ago(50 * time.Hour), Software: "0.9.0", Flags: []string{"settled", api.FlagDrained}},
			{RouterID: N3, Name: "n3", State: api.NodeDown, Source: "bfd", Since: ago(9 * time.Minute), Software: "1.0.0"},
		},
		Units: []api.Unit{
			{Name: "dns", Members: []string{"dns"}, Ranking: []routerid.ID{N2}, Eligible: 1},
			{Name: "ftp", Members: []string{"ftp"}, Ranking: []routerid.ID{N1, N2}, Eligible: 2, Intent: &api.Intent{Kind: api.IntentStopped, Author: "anna", Reason: "licence ran out"}},
			{Name: "mail", Members: []string{"mail"}, Eligible: 0},
			{Name: "shop", Group: true, Members: []string{"disk", "web"}, Ranking: []routerid.ID{N1, N2}, Eligible: 2, Intent: &api.Intent{Kind: api.IntentPrefer, Node: N1, Until: Now.Add(8 * time.Hour), Author: "anna"}},
		},
		Services: shopServices(),
	}
}

func shopServices() []api.Service {
	started, stopped, failed := "active/started", "active/stopped", "active/failed"
	return []api.Service{
		{
			Name: "disk", Kind: "resource", Group: "shop", Critical: true, Local: true, Agent: "make", Instances: []api.Instance{
				{RouterID: N1, Node: "n1", State: started, Since: ago(2 * time.Hour), Reason: "the primitive succeeded", Hold: api.Held, Claim: 4, Preference: 200},
				{RouterID: N2, Node: "n2", State: stopped, Since: ago(50 * time.Hour), Reason: "own echo heard", Hold: api.Released, Claim: 3, Preference: 100},
			},
		},
		{
			Name: "dns", Kind: "network", Addresses: []string{"192.0.2.53"}, Local: true, Agent: "systemd", CheckIntervalSeconds: 10, Instances: []api.Instance{
				{
					RouterID: N1, Node: "n1", State: failed, Since: ago(7 * time.Minute), Reason: "the primitive failed", Detail: Hostile, Hold: api.Released, Claim: 7, Preference: 100,
					Failure: &api.Failure{Code: "start failed", Exit: 3, Text: Hostile, Count: 2, At: ago(7 * time.Minute), Until: Now.Add(3 * time.Minute)},
				},
				{
					RouterID: N2, Node: "n2", State: started, Since: ago(6 * time.Minute), Reason: "the primitive succeeded", Hold: api.Held, Claim: 8, Preference: 100, Health: "up",
					Check: &api.LastCheck{At: ago(4 * time.Second), Text: "answered in 2 ms", TookSeconds: 0.002}, Flags: []string{api.FlagAnnounced},
					Addresses: []api.Address{{Address: "192.0.2.53", Owned: true, Announced: true}},
				},
				{RouterID: N3, Node: "n3", State: started, Since: ago(9 * time.Hour), Hold: api.Released, HoldReason: "the node cannot be reached", Claim: 6, Preference: 100},
			},
		},
		{
			Name: "ftp", Kind: "network", Addresses: []string{"192.0.2.21"}, Local: true, Agent: "make", Instances: []api.Instance{
				{RouterID: N1, Node: "n1", State: stopped, Since: ago(30 * time.Minute), Reason: "an operator stopped the unit", Hold: api.Released, Claim: 2, Preference: 100},
				{RouterID: N2, Node: "n2", State: stopped, Since: ago(50 * time.Hour), Hold: api.Released, Preference: 100},
			},
		},
		{
			Name: "mail", Kind: "network", Addresses: []string{"192.0.2.25"}, Instances: []api.Instance{
				{
					RouterID: N2, Node: "n2", State: "active/failed held", Since: ago(20 * time.Minute), Hold: api.Held, Claim: 9, Preference: 100,
					Failure: &api.Failure{Code: "stop not verified", Text: "pid 812 still runs", Count: 1},
				},
			},
		},
		{
			Name: "web", Kind: "network", Group: "shop", DependsOn: []string{"disk"}, Critical: true, Addresses: []string{"192.0.2.80"}, Local: true, Agent: "make", CheckIntervalSeconds: 10, Instances: []api.Instance{
				{
					RouterID: N1, Node: "n1", State: started, Since: ago(2 * time.Hour), Reason: "the primitive succeeded", Hold: api.Held, Claim: 4, Preference: 200, Health: "up",
					Check: &api.LastCheck{At: ago(3 * time.Second), Text: "200 OK", TookSeconds: 0.004}, Flags: []string{api.FlagAnnounced},
					Addresses: []api.Address{{Address: "192.0.2.80", Owned: true, Announced: true}},
					Pending:   &api.Pending{Action: "primitive check", Since: ago(time.Second), Deadline: Now.Add(4 * time.Second)},
				},
				{RouterID: N2, Node: "n2", State: stopped, Since: ago(50 * time.Hour), Reason: "own echo heard", Hold: api.Released, Claim: 3, Preference: 100},
			},
		},
	}
}
