package sim

import (
	"context"
	"maps"
	"slices"
	"strings"

	"srr/sim/script"
)

// shrinkRuns bounds the runs that a shrink may take.
const shrinkRuns = 600

// Shrink takes away from a plan that fails whatever it fails without, and returns
// the rest with its report. The violation stays that of the same property. When
// the context is done, the rest is what it has come to.
func Shrink(ctx context.Context, p *Plan, r *Report) (*Plan, *Report) {
	s := &shrinker{ctx: ctx, plan: p, report: r, left: shrinkRuns}
	s.list(s.plan.Faults, func(p *Plan, steps []script.Step) { p.Faults = steps })
	s.units()
	s.list(s.plan.Faults, func(p *Plan, steps []script.Step) { p.Faults = steps })
	return s.plan, s.report
}

type shrinker struct {
	ctx    context.Context
	plan   *Plan
	report *Report
	left   int
}

// try takes a smaller plan over if it fails in the same way.
func (s *shrinker) try(p *Plan) bool {
	if s.left == 0 || s.ctx.Err() != nil {
		return false
	}
	s.left--
	r := Run(s.ctx, p, nil)
	if s.ctx.Err() != nil || !r.Failed() || kindOf(r) != kindOf(s.report) {
		return false
	}
	s.plan, s.report = p, r
	return true
}

func kindOf(r *Report) string {
	if len(r.Violations) > 0 {
		return r.Violations[0].Property
	}
	return r.Err.Error()
}

// list removes runs of steps, halves first, then smaller and smaller ones.
func (s *shrinker) list(steps []script.Step, set func(*Plan, []script.Step)) {
	for size := (len(steps) + 1) / 2; size > 0; size /= 2 {
		for at := 0; at < len(steps); {
			fewer := slices.Delete(slices.Clone(steps), at, min(at+size, len(steps)))
			p := *s.plan
			set(&p, fewer)
			if s.try(&p) {
				steps = fewer
			} else {
				at += size
			}
		}
	}
}

// units removes whole units, with everything that names them or their members.
func (s *shrinker) units() {
	members := map[string][]string{}
	for _, line := range s.plan.Build {
		if l := script.Parse(line); l.Words[0] == "service" {
			unit := l.Words[1]
			for _, o := range l.Options {
				if o.Key == "group" {
					unit = o.Value
				}
			}
			members[unit] = append(members[unit], l.Words[1])
		}
	}
	for _, unit := range slices.Sorted(maps.Keys(members)) {
		gone := append(members[unit], unit)
		p := *s.plan
		p.Build = slices.DeleteFunc(slices.Clone(p.Build), func(line string) bool {
			l := script.Parse(line)
			return l.Words[0] == "service" && slices.Contains(gone, l.Words[1])
		})
		p.Faults, p.Repair = without(p.Faults, gone), without(p.Repair, gone)
		s.try(&p)
	}
}

func without(steps []script.Step, names []string) []script.Step {
	return slices.DeleteFunc(slices.Clone(steps), func(s script.Step) bool {
		return slices.ContainsFunc(strings.Fields(s.Text), func(w string) bool { return slices.Contains(names, w) })
	})
}
