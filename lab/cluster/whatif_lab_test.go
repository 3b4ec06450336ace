//go:build lab

package cluster

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"srr/internal/api"
)

// foresee asks another host what would happen if one lost its power. The
// simulated cluster must have come to the state of the real one first.
func (f *fixture) foresee(host, other string) api.WhatIf {
	f.Helper()
	out, code := f.srrctl(other, "what-if", "power-off "+host, "-o", "json")
	var w api.WhatIf
	if err := json.Unmarshal([]byte(out), &w); err != nil || code != 0 {
		f.Fatalf("what-if on %s: exit %d, %v: %s", other, code, err, out)
	}
	if len(w.Differences) > 0 || w.Restless || len(w.Units) == 0 {
		f.Fatalf("what-if on %s does not know the cluster: %s", other, out)
	}
	text, _ := f.srrctl(other, "what-if", "power-off", host)
	f.Logf("%s says:\n%s", other, text)
	return w
}

// cameTrue compares what was foreseen with what the hosts did: each unit that was
// to move is where it was to be, and no other host has started it.
func (f *fixture) cameTrue(w api.WhatIf, since time.Time) {
	f.Helper()
	for _, u := range w.Units {
		if len(u.After) != 1 || u.Lost {
			f.Fatalf("%s would run on %q", u.Unit, u.After)
		}
		for _, member := range f.members(u.Unit) {
			f.must(f.k.WaitOn(f.ctx, member, u.After[0]))
			for _, h := range f.k.Live() {
				at, started := f.startedAt(h, member, since)
				if started != (h == u.After[0]) {
					f.Errorf("%s started %s: %v, though it was to be on %s", h, member, started, u.After[0])
				}
				if started {
					f.Logf("%s runs on %s %v after the command; a gap of %.3f s was foreseen", member, h, at.Sub(since).Round(time.Millisecond), u.GapSeconds)
				}
			}
		}
	}
	f.inOrder(w, since)
}

// inOrder compares the order in which the services were to be started.
func (f *fixture) inOrder(w api.WhatIf, since time.Time) {
	f.Helper()
	var last time.Time
	for _, u := range w.Units {
		last = time.Time{}
		for _, c := range w.Timeline {
			if c.To != "active/started" || !slices.Contains(f.members(u.Unit), c.Service) {
				continue
			}
			at, _ := f.startedAt(c.Node, c.Service, since)
			if at.Before(last) {
				f.Errorf("%s was started before what was to come first", c.Service)
			}
			last = at
		}
	}
}

func (f *fixture) members(unit string) []string {
	if unit == "shop" {
		return []string{"disk", "web"}
	}
	return []string{unit}
}

// startedAt is when a host started a service, by its journal.
func (f *fixture) startedAt(host, service string, since time.Time) (at time.Time, ever bool) {
	c := f.k.Client(host)
	defer c.Close()
	ctx, cancel := context.WithTimeout(f.ctx, 10*time.Second)
	defer cancel()
	for e, err := range c.Events(ctx, api.EventQuery{Service: service, Since: since}) {
		f.must(err)
		if e.To == "active/started" && e.From == "active/starting" {
			return e.Time, true
		}
	}
	return at, false
}
