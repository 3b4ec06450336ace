package api

import (
	"iter"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func at(second int) time.Time { return time.Date(2026, 11, 26, 12, 0, second, 0, time.UTC) }

func told(events []Event) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		for _, e := range events {
			if !yield(e, nil) {
				return
			}
		}
	}
}

// TestRecall: at each moment the last entry before it counts, or where the next one
// came from, or what is today.
func TestRecall(t *testing.T) {
	events := []Event{
		{Sequence: 1, Time: at(1), Reason: "node 10.0.0.2", Detail: "cannot be reached"},
		{Sequence: 2, Time: at(2), Service: "web", From: "active/stopped", To: "active/starting", Reason: "ranks first"},
		{Sequence: 3, Time: at(3), Service: "web", From: "active/starting", To: "active/started", Reason: "ok"},
		{Sequence: 4, Time: at(3), Service: "web", From: "active/started", To: "active/started", Reason: "restarted"},
		{Sequence: 5, Time: at(4), Reason: "node 10.0.0.2", Detail: "can be reached"},
		{Sequence: 6, Time: at(5), Service: "old", From: "inactive/stopped", To: "disabled/stopped"},
	}
	now := Snapshot{RouterID: 1, Node: "n1", Services: []Service{
		{Name: "web", Instances: []Instance{{RouterID: 1, State: "active/started", Since: at(3)}, {RouterID: 2, State: "active/stopped", Since: at(1)}}},
		{Name: "still", Instances: []Instance{{RouterID: 1, State: "active/stopped", Since: at(-100), Reason: "own echo heard"}}},
		{Name: "lost", Instances: []Instance{{RouterID: 1, State: "active/failed", Since: at(9)}}},
		{Name: "there", Instances: []Instance{{RouterID: 2, State: "active/started", Since: at(1)}}},
	}}
	still := PastState{Service: "still", State: "active/stopped", Since: at(-100), Reason: "own echo heard"}
	old := PastState{Service: "old", State: "inactive/stopped"}
	for second, want := range map[int]Past{
		0: {After: &events[0], States: []PastState{{Service: "lost"}, old, still, {Service: "web", State: "active/stopped"}}, Heard: []Event{}},
		2: {
			Before: &events[0], Now: events[1:2], After: &events[2], Heard: events[:1],
			States: []PastState{{Service: "lost"}, old, still, {Service: "web", State: "active/starting", Since: at(2), Reason: "ranks first"}},
		},
		4: {
			Before: &events[3], Now: events[4:5], After: &events[5], Heard: events[4:5],
			States: []PastState{{Service: "lost"}, old, still, {Service: "web", State: "active/started", Since: at(3), Reason: "ok"}},
		},
		8: {
			Before: &events[5], Heard: events[4:5],
			States: []PastState{{Service: "lost"}, {Service: "old", State: "disabled/stopped", Since: at(5)}, still, {Service: "web", State: "active/started", Since: at(3), Reason: "ok"}},
		},
	} {
		want.Node, want.RouterID, want.At = "n1", 1, at(second)
		got, err := recall(told(events), at(second), now)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("at %d s:\n%s", second, diff)
		}
	}
}
