package web

import (
	"strings"
	"testing"
	"time"

	"srr/internal/api"
)

// TestTimeLineIsFiltered by node, service, cause and time.
func TestTimeLineIsFiltered(t *testing.T) {
	s := newSite(t)
	c := s.as("viewer")
	s.fake.Append(api.Event{Time: time.Now().Add(-time.Minute), Node: "n1", Reason: "command", Detail: "anna asked"})
	for query, want := range map[string]struct{ has, hasNot string }{
		"":                   {"an operator stopped the unit", "nothing-of-it"},
		"?service=dns":       {"active/starting", "an operator stopped"},
		"?cause=OPERATOR":    {"an operator stopped", "ranks first"},
		"?node=n1":           {"an operator stopped", "Nothing that is kept"},
		"?node=n2":           {"n2: it has no console", "active/"},
		"?node=n9":           {"no node", "active/"},
		"?hours=1":           {"anna asked", "an operator stopped"},
		"?hours=1&cause=bfd": {"Nothing that is kept", "anna asked"},
	} {
		deadline := time.Now().Add(5 * time.Second)
		for {
			body := s.get(c, "/events"+query).body
			if strings.Contains(body, want.has) && !strings.Contains(body, want.hasNot) {
				break
			}
			if time.Now().After(deadline) {
				t.Errorf("%s: %s", query, body)
				break
			}
		}
	}
}

// TestLegsAreMeasured: from event to event of one service.
func TestLegsAreMeasured(t *testing.T) {
	at := time.Date(2026, 11, 26, 23, 59, 59, 900e6, time.UTC)
	var d timeLineData
	for _, e := range []api.Event{ // newest first
		{Sequence: 5, Time: at.Add(500 * time.Millisecond), Service: "web", To: "active/started"},
		{Sequence: 4, Time: at.Add(450 * time.Millisecond), Service: "dns", To: "active/started"},
		{Sequence: 6, Time: at.Add(300 * time.Millisecond), Node: "n2", Service: "web", To: "active/stopped"},
		{Sequence: 3, Time: at.Add(120 * time.Millisecond), Service: "web", To: "active/starting"},
		{Sequence: 2, Time: at, Reason: "node n1"},
		{Sequence: 1, Time: at.Add(-time.Hour), Service: "web", To: "active/stopped"},
	} {
		d.add(e)
	}
	d.measure()
	legs := map[uint64]time.Duration{}
	for _, day := range d.Days {
		for _, e := range day.Events {
			legs[e.Sequence] = e.After
		}
	}
	if len(d.Days) != 2 || legs[5] != 380*time.Millisecond || legs[4] != 0 || legs[6] != 0 || legs[3] != 0 {
		t.Errorf("%d days, %v", len(d.Days), legs)
	}
}
