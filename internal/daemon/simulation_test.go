package daemon

import (
	"context"
	"errors"
	"testing"
	"time"

	"srr/internal/agent"
	"srr/internal/api"
	"srr/internal/service"
	"srr/sim/whatif"
)

func TestWhatIfView(t *testing.T) {
	v := whatIfView(&whatif.Answer{
		Same: 3, Took: 1500 * time.Millisecond,
		Units: []whatif.Change{
			{Unit: service.Unit{Name: "shop", Group: true}, Before: []string{"n1"}, After: []string{"n2"}, Gap: 250 * time.Millisecond, Why: "preference"},
			{Unit: service.Unit{Name: "pay"}, Before: []string{"n1"}},
		},
		Events: []whatif.Event{{After: time.Second, Node: "n2", Service: "web", From: "a", To: "b", Reason: "c", Detail: "d"}},
	})
	shop, pay := v.Units[0], v.Units[1]
	if !shop.Group || shop.GapSeconds != 0.25 || shop.Lost || !pay.Lost || pay.After == nil || v.TookSeconds != 1.5 || v.Unchanged != 3 {
		t.Errorf("%+v", v)
	}
	if want := (api.WhatIfChange{AfterSeconds: 1, Node: "n2", Service: "web", From: "a", To: "b", Reason: "c", Detail: "d"}); v.Timeline[0] != want {
		t.Errorf("%+v", v.Timeline)
	}
	if v.Differences == nil || v.Assumptions == nil {
		t.Error("no list is not an empty one")
	}
}

func TestSurvivesView(t *testing.T) {
	lost := whatif.Change{Unit: service.Unit{Name: "pay"}, Why: "n2 is the only node that has it"}
	v := survivesView(&whatif.Score{
		Only: []whatif.Only{{Unit: service.Unit{Name: "pay"}, Node: "n2"}},
		Failures: []whatif.Outcome{
			{Kind: whatif.KindNode, Line: "power-off n1", Moved: 2, Gap: time.Second},
			{Kind: whatif.KindNode, Line: "power-off n2", Lost: []whatif.Change{lost}},
			{Kind: whatif.KindLink, Line: "link-down x", Err: errors.New("no")},
		},
	})
	if v.Total != 3 || v.Survived != 1 || v.Only[0] != (api.OnlyNode{Unit: "pay", Node: "n2"}) {
		t.Errorf("%+v", v)
	}
	if !v.Failures[0].Survived || v.Failures[0].GapSeconds != 1 || v.Failures[1].Lost[0].Unit != "pay" || v.Failures[2].Error != "no" {
		t.Errorf("%+v", v.Failures)
	}
}

func TestSimulationErrors(t *testing.T) {
	var refusal *api.Refusal
	if err := simulationError(t.Context(), &whatif.WordError{Text: "no word"}); !errors.As(err, &refusal) {
		t.Error(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 0)
	defer cancel()
	if err := simulationError(ctx, whatif.ErrStopped); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

// TestMeasuredTimes: only what has succeeded tells how long it takes.
func TestMeasuredTimes(t *testing.T) {
	var o outcomes
	o.keep(agent.Event{Service: "web", Primitive: service.Start, Took: time.Second})
	o.keep(agent.Event{Service: "web", Primitive: service.Stop, Took: time.Hour, Result: service.Result{Outcome: service.TimedOut}})
	took := o.took()
	if len(took) != 1 || took[whatif.Call{Service: "web", Primitive: service.Start}] != time.Second {
		t.Errorf("%v", took)
	}
}

func TestApart(t *testing.T) {
	v, err := apart(func() (int, error) { return 7, errors.New("x") })
	if v != 7 || err == nil {
		t.Error(v, err)
	}
}
