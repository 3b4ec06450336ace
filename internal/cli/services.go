package cli

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"srr/internal/api"
)

func (a *app) services() *cobra.Command {
	return &cobra.Command{
		Use: "services", Short: "The services and where they run",
		Long: `Lists every service that some node of the cluster has: where it runs, since
when, how its health is, and how it is on the other nodes.`,
		Example: `  srrctl services
  srrctl services -o json | jq -r '.[] | select(.kind == "resource") | .name'`,
		Args: args(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := a.client.Snapshot(cmd.Context())
			if err != nil {
				return err
			}
			if a.format == formatJSON {
				return writeJSON(a.Out, s.Services, "  ")
			}
			a.print.printServices(&s)
			return nil
		},
	}
}

func (p *printer) printServices(s *api.Snapshot) {
	rows := [][]cell{head("SERVICE", "GROUP", "RUNS ON", "FOR", "HEALTH", "ADDRESSES", "ELSEWHERE")}
	for i := range s.Services {
		svc := &s.Services[i]
		var where, since, health, elsewhere []string
		for j := range svc.Instances {
			inst := &svc.Instances[j]
			if inst.Runs() {
				where = append(where, inst.Title())
				since = append(since, age(inst.Since, s.At))
				health = append(health, healthWord(inst))
			} else {
				elsewhere = append(elsewhere, inst.Title()+" "+inst.Word())
			}
		}
		place := in(green, strings.Join(where, ", "))
		switch {
		case len(where) == 0 && stoppedUnit(s, svc):
			place = text("stopped")
		case len(where) == 0:
			place = in(red, "nowhere")
		case len(where) > 1:
			place.style = red
		}
		rows = append(rows, []cell{
			text(svc.Name), text(svc.Group), place, text(strings.Join(since, ", ")), healthCell(strings.Join(health, ", ")),
			text(strings.Join(svc.Addresses, ", ")), text(strings.Join(elsewhere, ", ")),
		})
	}
	p.table(rows...)
}

// stoppedUnit reports whether an operator stopped the service's unit.
func stoppedUnit(s *api.Snapshot, svc *api.Service) bool {
	return slices.ContainsFunc(s.Units, func(u api.Unit) bool {
		return u.Name == svc.Unit().Name && u.Group == svc.Unit().Group && u.Stopped()
	})
}

func healthWord(i *api.Instance) string {
	if i.Has(api.FlagRecovering) {
		return "recovering"
	}
	return i.Health
}

func healthCell(h string) cell {
	switch {
	case strings.Contains(h, "down"):
		return in(red, h)
	case strings.Contains(h, "unknown"), strings.Contains(h, "recovering"):
		return in(yellow, h)
	case h == "up":
		return in(green, h)
	}
	return text(h)
}
