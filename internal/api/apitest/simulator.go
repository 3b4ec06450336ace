package apitest

import (
	"context"

	"srr/internal/api"
)

// WhatIf implements api.Simulator. With Hold it waits for its end, or that of ctx.
func (f *Fake) WhatIf(ctx context.Context, q api.WhatIfQuery) (api.WhatIf, error) {
	f.mu.Lock()
	f.asked = append(f.asked, q)
	f.mu.Unlock()
	if f.Hold != nil {
		select {
		case <-f.Hold:
		case <-ctx.Done():
			return api.WhatIf{}, ctx.Err()
		}
	}
	return f.Future, f.DoErr
}

// Asked returns what WhatIf was asked so far.
func (f *Fake) Asked() []api.WhatIfQuery {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]api.WhatIfQuery(nil), f.asked...)
}

// Survives implements api.Simulator.
func (f *Fake) Survives(context.Context) (api.Survives, error) { return f.Score, f.DoErr }

// ShopWhatIf is what would happen if n1 lost its power.
func ShopWhatIf() api.WhatIf {
	return api.WhatIf{
		Line: "power-off n1", Node: "n1", At: Now,
		Differences: []string{}, Assumptions: []string{"the loss of a neighbor is noticed by BFD, 150ms, on every link as on this node's"},
		Units: []api.WhatIfUnit{
			{Unit: "mail", Before: []string{"n1"}, After: []string{}, Lost: true, Why: "n1 is the only node that has it"},
			{Unit: "shop", Group: true, Before: []string{"n1"}, After: []string{"n2"}, Apart: []string{"n3"}, GapSeconds: 0.171, Why: "n2 ranks first: " + Hostile},
		},
		Unchanged: 2, TookSeconds: 0.171,
		Timeline: []api.WhatIfChange{
			{Node: "n1", Reason: "srrd ends", Detail: "power off"},
			{Node: "n1", Service: "web", To: "withdrawn", Reason: "its address is withdrawn"},
			{AfterSeconds: 0.06, Node: "n2", Service: "disk", From: "active/stopped", To: "active/starting", Reason: "this node ranks first", Detail: Hostile},
			{AfterSeconds: 0.171, Node: "n2", Service: "web", To: "announced", Reason: "its address is announced"},
		},
	}
}

// ShopSurvives is which single failures the Shop cluster survives.
func ShopSurvives() api.Survives {
	return api.Survives{
		Node: "n1", At: Now, Total: 3, Survived: 2,
		Differences: []string{}, Assumptions: []string{"primitives succeed"},
		Only: []api.OnlyNode{{Unit: "mail", Node: "n1"}},
		Failures: []api.Failed{
			{Kind: "node", Line: "power-off n1", Moved: 1, GapSeconds: 0.171, Lost: []api.LostUnit{{Unit: "mail", Why: "n1 is the only node that has it"}}},
			{Kind: "node", Line: "power-off n2", Survived: true},
			{Kind: "service", Line: "fail dns on n2", Survived: true, Moved: 1, GapSeconds: 1.2},
		},
	}
}
