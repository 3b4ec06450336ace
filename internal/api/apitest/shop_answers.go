package apitest

import (
	"time"

	"srr/internal/api"
)

// ShopEvents is what happened in the Shop cluster.
func ShopEvents() []api.Event {
	return []api.Event{
		{Sequence: 1, Time: ago(9 * time.Minute), Node: "n1", Reason: "n3 cannot be reached", Detail: "bfd"},
		{Sequence: 2, Time: ago(8 * time.Minute), Node: "n1", Service: "dns", From: "active/stopped", To: "active/starting", Reason: "this node ranks first"},
		{Sequence: 3, Time: ago(7 * time.Minute), Node: "n1", Service: "dns", From: "active/starting", To: "active/stopping", Reason: "the primitive failed", Detail: Hostile, TookSeconds: 1.25},
		{Sequence: 4, Time: ago(7 * time.Minute), Node: "n1", Service: "dns", From: "active/stopping", To: "active/failed", Reason: "the stop is verified", TookSeconds: 0.031},
		{Sequence: 5, Time: ago(30 * time.Second), Node: "n1", Service: "ftp", From: "active/started", To: "active/stopping", Reason: "an operator stopped the unit"},
	}
}

// ShopExplain is why the group shop is on n1.
func ShopExplain() api.Explain {
	return api.Explain{
		Node: "n1", Verdict: "group shop runs on n1, because anna moved it there",
		Candidates: []api.Candidate{
			{RouterID: N1, Node: "n1", State: "active/started", Holds: true, Eligible: true, Rule: "not drained", Comparison: "n2 is drained", Facts: []string{"not drained", "move target", "preference 200", "claim 4"}},
			{RouterID: N2, Node: "n2", State: "active/stopped", Eligible: true, Rule: "eligible", Comparison: "n3 cannot be reached", Facts: []string{"drained", "preference 100", "claim 3"}},
			{RouterID: N3, Node: "n3", Eligible: false, WhyNot: []string{"cannot be reached (bfd)"}},
		},
		Blocking: nil,
		Changes:  []string{"srrctl unmove shop: preference decides, n1 keeps it", "srrctl move shop n2: n2 takes it"},
	}
}

// ShopLSDB is a small link-state database.
func ShopLSDB() []api.LSA {
	return []api.LSA{
		{Type: "router", TypeCode: 1, Area: "0.0.0.0", ID: "10.0.0.1", Advertiser: N1, AgeSeconds: 120, Sequence: 0x8000001f, LengthBytes: 48, Checksum: 0x1a2b, Self: true, Decoded: []string{"flags E", "link stub 10.0.0.1/32 metric 0"}},
		{Type: "opaque-as", TypeCode: 11, ID: "222.7.0.12", Advertiser: N2, AgeSeconds: 3, Sequence: 0x80000001, LengthBytes: 132, Checksum: 0x0c0d, Decoded: []string{"instance dns active/started claim 8", "name " + Hostile}, Raw: "00032a0b"},
		{Type: "opaque-as", TypeCode: 11, ID: "222.7.0.13", Advertiser: N3, AgeSeconds: 3600, Sequence: 0x80000001, LengthBytes: 24, DecodeFailure: "record: truncated"},
	}
}

// ShopDoctor is one finding of each result.
func ShopDoctor() []api.Check {
	return []api.Check{
		{Name: "ospfd's API is reachable", Result: api.CheckOK, Found: "127.0.0.1:2607"},
		{Name: "BFD on eth0", Result: api.CheckAdvice, Found: "off", Want: "3 x 50 ms", Gain: "a dead node is noticed in 0.15 s instead of 40 s", Fix: "interface eth0\n ip ospf bfd"},
		{Name: "nginx.service at boot", Result: api.CheckBad, Found: "enabled", Want: "disabled, srrd starts it", Fix: "systemctl disable nginx.service"},
		{Name: "min-arrival on r2", Result: api.CheckUnknown, Found: "r2 does not answer"},
	}
}

// ShopOutputs is what primitives of dns printed.
func ShopOutputs() []api.Output {
	return []api.Output{
		{Service: "dns", Primitive: "status", At: ago(time.Minute), TookSeconds: 0.02, Outcome: "ok", Output: "3 processes\n12 MB\n"},
		{Service: "dns", Primitive: "start", At: ago(7 * time.Minute), TookSeconds: 1.25, Outcome: "failed", Code: 3, Text: Hostile, Output: "starting\n" + Hostile + "\n", Truncated: true},
	}
}

// ShopServed is for how long services of the Shop cluster were served.
func ShopServed() []api.Served {
	some, all, three, seven := 99.97106, 100.0, 3, 7
	return []api.Served{
		{
			Service: "dns",
			Month:   api.ServedShare{Days: 30, UpSeconds: 2591250, DownSeconds: 750, Percent: &some, Class: &three},
			Year:    api.ServedShare{Days: 365, UpSeconds: 2591250, DownSeconds: 750, Percent: &some, Class: &three},
		},
		{Service: "ftp", Month: api.ServedShare{Days: 30, PlannedSeconds: 86400, UnknownSeconds: 12}, Year: api.ServedShare{Days: 365, PlannedSeconds: 86400, UnknownSeconds: 12}},
		{
			Service: "web",
			Month:   api.ServedShare{Days: 30, UpSeconds: 2592000, Percent: &all, Class: &seven},
			Year:    api.ServedShare{Days: 365, UpSeconds: 31536000, Percent: &all, Class: &seven},
		},
	}
}

// ShopAbout is what n1 of the Shop cluster is made of.
func ShopAbout() api.About {
	return api.About{
		Node: "n1", RouterID: N1,
		Versions: []api.Fact{{Name: "SRR", Value: "1.0"}, {Name: "FRR", Value: "8.4.4"}},
		Certificates: []api.Certificate{
			{File: "node.crt", Subject: "CN=n1", Issuer: "CN=shop CA", Serial: "4f2a", Begins: ago(24 * time.Hour), Ends: Now.Add(10 * 365 * 24 * time.Hour), Names: []string{"srr://shop/node/n1"}},
			{File: "records.crt", Subject: "CN=n1", Issuer: "CN=shop CA", Serial: "4f2b", Begins: ago(48 * time.Hour), Ends: ago(24 * time.Hour), Warning: "ended on 2026-11-22: " + Hostile},
		},
		Timers: []api.Fact{{Name: "SPF throttle", Value: "delay 0 ms, hold 50 to 1000 ms"}, {On: "eth0", Name: "hello and dead", Value: "hello 100 ms, dead 1 s, retransmit 5 s"}},
		Unread: []string{"bfdd: show bfd peers json: no such daemon"},
	}
}

// ShopChecks is what the checks of dns said.
func ShopChecks() []api.CheckRun {
	return []api.CheckRun{
		{Health: "down", Text: "no answer: " + Hostile, First: ago(8 * time.Minute), Last: ago(7 * time.Minute), Count: 3, SlowestSeconds: 2},
		{Health: "up", Text: "1 record", First: ago(9 * time.Hour), Last: ago(8 * time.Minute), Count: 3240, SlowestSeconds: 0.011},
	}
}
