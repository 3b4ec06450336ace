package daemon

import (
	"srr/internal/api"
	"srr/sim/whatif"
)

// whatIfView is an answer of the simulator in the API's words.
func whatIfView(a *whatif.Answer) api.WhatIf {
	v := api.WhatIf{
		Differences: some(a.Differences), Assumptions: some(a.Assumptions), Replies: a.Replies,
		Units: []api.WhatIfUnit{}, Timeline: []api.WhatIfChange{},
		Unchanged: a.Same, TookSeconds: a.Took.Seconds(), Restless: a.Restless,
	}
	for k := range a.Units {
		c := &a.Units[k]
		v.Units = append(v.Units, api.WhatIfUnit{
			Unit: c.Unit.Name, Group: c.Unit.Group, Before: some(c.Before), After: some(c.After), Apart: c.Apart,
			GapSeconds: c.Gap.Seconds(), Lost: c.Lost(), Why: c.Why,
		})
	}
	for _, e := range a.Events {
		v.Timeline = append(v.Timeline, api.WhatIfChange{
			AfterSeconds: e.After.Seconds(), Node: e.Node, Service: e.Service, From: e.From, To: e.To, Reason: e.Reason, Detail: e.Detail,
		})
	}
	return v
}

// some makes no list an empty one.
func some(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

// survivesView is a score in the API's words.
func survivesView(s *whatif.Score) api.Survives {
	v := api.Survives{
		Differences: some(s.Differences), Assumptions: some(s.Assumptions), Total: len(s.Failures), Survived: s.Survived(),
		Only: []api.OnlyNode{}, Failures: []api.Failed{}, Incomplete: s.Incomplete,
	}
	for _, o := range s.Only {
		v.Only = append(v.Only, api.OnlyNode{Unit: o.Unit.Name, Node: o.Node})
	}
	for k := range s.Failures {
		o := &s.Failures[k]
		f := api.Failed{Kind: string(o.Kind), Line: o.Line, Survived: o.Survived(), Moved: o.Moved, GapSeconds: o.Gap.Seconds()}
		for _, c := range o.Lost {
			f.Lost = append(f.Lost, api.LostUnit{Unit: c.Unit.Name, Why: c.Why})
		}
		if o.Err != nil {
			f.Error = o.Err.Error()
		}
		v.Failures = append(v.Failures, f)
	}
	return v
}
