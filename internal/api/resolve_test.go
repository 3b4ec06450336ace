package api

import (
	"errors"
	"strings"
	"testing"
	"time"

	"srr/internal/service"
)

func smallSnapshot() *Snapshot {
	return &Snapshot{
		Node:  "n1",
		Nodes: []Node{{RouterID: 1, Name: "n1"}, {RouterID: 2, Name: "n2"}, {RouterID: 3, Name: "n2"}},
		Units: []Unit{{Name: "shop", Group: true, Members: []string{"web"}}, {Name: "dns"}, {Name: "x", Group: true}, {Name: "x"}},
		Services: []Service{
			{Name: "web", Group: "shop", Local: true},
			{Name: "dns", Instances: []Instance{{RouterID: 2, Node: "n2"}}},
			{Name: "x"},
		},
	}
}

func TestResolve(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		req  Request
		want string // of the error; "": none
	}{
		{Request{Verb: "explode"}, "unknown verb"},
		{Request{Verb: Restart}, "restart needs a service"},
		{Request{Verb: Restart, Service: "web"}, ""},
		{Request{Verb: Restart, Service: "web", Node: "n1"}, "restart does not take a node"},
		{Request{Verb: Restart, Service: "dns"}, "not configured on n1"},
		{Request{Verb: Restart, Service: "shop"}, `no service "shop"`},
		{Request{Verb: Start, Unit: "dns"}, "not configured on n1"},
		{Request{Verb: Start, Unit: "web"}, ""},
		{Request{Verb: Move, Unit: "shop"}, "move needs a node"},
		{Request{Verb: Move, Unit: "shop", Node: "0.0.0.2"}, ""},
		{Request{Verb: Move, Unit: "shop", Node: "n2"}, "several nodes"},
		{Request{Verb: Move, Unit: "shop", Node: "n9"}, `no node "n9"`},
		{Request{Verb: Move, Unit: "shop", Node: "n1", Until: now}, "in the past"},
		{Request{Verb: Move, Unit: "x", Node: "n1"}, "both a service and a group"},
		{Request{Verb: Move, Unit: "group/x", Node: "n1"}, ""},
		{Request{Verb: Move, Unit: "service/x", Node: "n1"}, ""},
		{Request{Verb: Move, Unit: "sopp/x", Node: "n1"}, "want NAME"},
		{Request{Verb: Stop, Unit: "dsn"}, `did you mean "dns"`},
		{Request{Verb: Stop, Unit: "dns", Reason: "a\nb"}, "printable"},
		{Request{Verb: Stop, Unit: "dns", Reason: strings.Repeat("x", 65)}, "64 bytes"},
		{Request{Verb: ConfirmStopped, Service: "dns", Node: "n1"}, "runs twice"},
		{Request{Verb: ConfirmStopped, Service: "dns", Node: "n1", Confirmed: true}, ""},
		{Request{Verb: Undrain, StopRest: true}, "does not take stop_rest"},
		{Request{Verb: Maintenance, On: true}, ""},
	} {
		_, err := c.req.resolve(smallSnapshot(), now, "root")
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %q", c.req, err, c.want)
		}
	}
}

func TestResolvedUnits(t *testing.T) {
	s := smallSnapshot()
	for word, want := range map[string]service.Unit{
		"web": {Name: "shop", Group: true}, "shop": {Name: "shop", Group: true}, "dns": {Name: "dns"}, "service/x": {Name: "x"},
	} {
		if got, err := s.FindUnit(word); err != nil || got != want {
			t.Errorf("%s is %v, %v", word, got, err)
		}
	}
	if _, err := s.FindUnit("nothing"); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
}

// Every verb that the doc comment names is in the table, and no other.
func TestEveryVerbHasItsRow(t *testing.T) {
	all := []Verb{
		Activate, Deactivate, Enable, Disable, Start, Move, Unmove, Stop, Run, Restart, Reload, CheckNow,
		Clear, ConfirmStopped, Drain, Undrain, Maintenance, ReloadConfig, Detach, Shutdown,
	}
	for _, v := range all {
		if _, ok := verbs[v]; !ok {
			t.Errorf("%s is missing", v)
		}
	}
	if len(verbs) != len(all) {
		t.Errorf("%d rows for %d verbs", len(verbs), len(all))
	}
}

func TestStrangersAreRefused(t *testing.T) {
	if ownerOnly(^uint32(0) - 7) {
		t.Error("a stranger is let in")
	}
}

func TestCut(t *testing.T) {
	for in, want := range map[string]string{"": "", "abc": "abc", "abcd": "abcd", "abcde": "abcd", "abcä": "abc", "ääh": "ää"} {
		if got := cut(in, 4); got != want {
			t.Errorf("cut %q to 4: %q, want %q", in, got, want)
		}
	}
}
