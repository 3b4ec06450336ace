package cli

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"srr/internal/api"
)

func (a *app) show() *cobra.Command {
	var noStatus bool
	cmd := &cobra.Command{
		Use: "show SERVICE [--no-status]", Short: "One service: definition, instances, failures, live status",
		Long: `Shows everything that this node knows of a service. If the service is configured
here and has the primitive "status", that is called, too.`,
		Example:           `  srrctl show web`,
		Args:              args("SERVICE"),
		ValidArgsFunction: a.completeServices,
	}
	cmd.Flags().BoolVar(&noStatus, "no-status", false, "do not call the primitive status")
	cmd.RunE = func(cmd *cobra.Command, given []string) error {
		s, err := a.client.Snapshot(cmd.Context())
		if err != nil {
			return err
		}
		svc, err := s.FindService(given[0])
		if err != nil {
			return err
		}
		var live *api.Output
		if !noStatus && svc.Local && slices.Contains(svc.Primitives, "status") {
			live = a.liveStatus(cmd.Context(), svc.Name)
		}
		if a.format == formatJSON {
			return writeJSON(a.Out, struct {
				*api.Service
				Status *api.Output `json:"status,omitempty"`
			}{svc, live}, "  ")
		}
		a.print.printService(&s, svc)
		if live != nil {
			a.print.heading("Status")
			a.print.printOutput(live, s.At)
		}
		return nil
	}
	return cmd
}

// liveStatus calls the primitive; that it fails is part of the answer.
func (a *app) liveStatus(ctx context.Context, name string) *api.Output {
	out, err := a.client.Status(ctx, name)
	if err != nil {
		return &api.Output{Service: name, Primitive: "status", Outcome: "cannot run", Text: err.Error()}
	}
	return &out
}

// facts prints names and values; empty values are left out.
func (p *printer) facts(pairs ...string) {
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			p.line(in(faint, fmt.Sprintf("%-12s", pairs[i])), text(pairs[i+1]))
		}
	}
}

func (p *printer) printService(s *api.Snapshot, svc *api.Service) {
	p.line(in(bold, svc.Name))
	kind := svc.Kind
	if svc.Critical {
		kind += ", critical"
	}
	interval := ""
	if svc.CheckIntervalSeconds > 0 {
		interval = "every " + short(time.Duration(svc.CheckIntervalSeconds*float64(time.Second)))
	}
	p.facts("kind", kind, "addresses", strings.Join(svc.Addresses, ", "), "group", svc.Group,
		"depends on", strings.Join(svc.DependsOn, ", "), "scope", svc.Scope, "agent", svc.Agent,
		"checked", interval, "primitives", strings.Join(svc.Primitives, " "))
	for i := range s.Units {
		if u := &s.Units[i]; slices.Contains(u.Members, svc.Name) {
			p.facts("wanted", wanted(s, u.Intent, p))
		}
	}
	p.heading("Instances")
	rows := [][]cell{head("NODE", "STATE", "FOR", "HOLD", "PREFERENCE", "CLAIM", "HEALTH", "FLAGS")}
	for i := range svc.Instances {
		inst := &svc.Instances[i]
		rows = append(rows, []cell{
			text(inst.Title()), in(stateStyle(inst.State), inst.State), text(age(inst.Since, s.At)), text(inst.Hold),
			text(strconv.Itoa(inst.Preference)), text(strconv.FormatUint(inst.Claim, 10)), healthCell(healthWord(inst)),
			text(strings.Join(visibleFlags(inst.Flags), ", ")),
		})
	}
	p.table(rows...)
	for i := range svc.Instances {
		p.printInstance(s, &svc.Instances[i])
	}
}

func (p *printer) printInstance(s *api.Snapshot, i *api.Instance) {
	p.heading("On " + i.Title())
	reason := i.Reason
	if i.Detail != "" {
		reason += ": " + i.Detail
	}
	p.facts("because", reason, "judged", joinFact(i.Hold, i.HoldReason))
	if f := i.Failure; f != nil {
		failure := joinFact(f.Code, f.Text)
		if f.Exit != 0 {
			failure += fmt.Sprintf(" (exit %d)", f.Exit)
		}
		p.facts("failure", failure, "failed", strings.Join(nonEmpty(plural(f.Count, "time"), p.moment(f.At, s.At)), ", last at "), "forgiven", p.clock(f.Until, s.At))
	}
	if c := i.Check; c != nil {
		p.facts("last check", strings.Join(nonEmpty(p.moment(c.At, s.At), took(c.TookSeconds), c.Text), ", "))
	}
	for _, ad := range i.Addresses {
		var have []string
		if ad.Owned {
			have = append(have, "owned")
		}
		if ad.Announced {
			have = append(have, "announced")
		}
		p.facts("address", strings.Join(nonEmpty(ad.Address, strings.Join(have, " and "), ad.Error), ", "))
	}
	if w := i.Pending; w != nil {
		p.facts("waits for", strings.Join(nonEmpty(w.Action, "for "+age(w.Since, s.At)), ", "))
	}
	if i.Differs {
		p.facts("differs", "its configuration ("+i.Digest+") is not that of the reference instance")
	}
}

func joinFact(a, b string) string { return strings.Join(nonEmpty(a, b), ": ") }

func nonEmpty(s ...string) []string {
	return slices.DeleteFunc(s, func(v string) bool { return v == "" })
}
