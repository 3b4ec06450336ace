package daemon

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"srr/internal/discovery"
	"srr/internal/frr/doctor"
	"srr/internal/ospf/spf"
	"srr/internal/routerid"
)

// agreeAfter is how long two views of a network that changes may differ.
const agreeAfter = 2 * time.Second

// reachability compares whom ospfd reaches, by which everything is decided, with
// what srrd's own shortest-path first finds in the database of its other connection.
// It is a second opinion for people, and decides nothing (decision 60).
func (i *inspector) reachability(ctx context.Context) (doctor.Finding, error) {
	var f doctor.Finding
	for began := time.Now(); ; {
		var theirs map[routerid.ID]discovery.Reach
		var self routerid.ID
		if err := i.d.inLoop(ctx, func() { theirs, self = i.d.core.Reachable(), i.d.cfg.RouterID }); err != nil {
			return f, err
		}
		db := i.d.lsdb.clone()
		if db.Len() == 0 {
			return doctor.Finding{Name: "reachability", Level: doctor.Unknown, Is: "the database of ospfd is not here yet"}, nil
		}
		f = agreement(theirs, spf.Reachability(db, bootTime(), self))
		if f.Level == doctor.OK || time.Since(began) > agreeAfter {
			return f, nil
		}
		select {
		case <-time.After(agreeAfter / 4):
		case <-ctx.Done():
			return f, ctx.Err()
		}
	}
}

// agreement words what the two say.
func agreement(theirs map[routerid.ID]discovery.Reach, ours map[routerid.ID]spf.Path) doctor.Finding {
	f := doctor.Finding{Name: "reachability", Level: doctor.OK, Is: fmt.Sprintf("ospfd and its database agree on %d routers", len(theirs))}
	var only []string
	say := func(format string, ids []routerid.ID) {
		if len(ids) > 0 {
			slices.Sort(ids)
			only = append(only, fmt.Sprintf(format, strings.Trim(fmt.Sprint(ids), "[]")))
		}
	}
	say("ospfd reaches %s, and the database has no path", slices.Collect(missing(theirs, ours)))
	say("the database has a path to %s, and ospfd does not reach it", slices.Collect(missing(ours, theirs)))
	if only != nil {
		f.Level, f.Is, f.Want = doctor.Warn, strings.Join(only, "; "), "the same"
		f.Lines = []string{"show ip ospf route", "show ip ospf database"}
		f.Gain = "what a node that ospfd reaches may run is not started elsewhere, and what one runs that it does not reach is"
	}
	return f
}

func missing[A, B any](a map[routerid.ID]A, b map[routerid.ID]B) func(yield func(routerid.ID) bool) {
	return func(yield func(routerid.ID) bool) {
		for id := range maps.Keys(a) {
			if _, both := b[id]; !both && !yield(id) {
				return
			}
		}
	}
}
