package cli

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"srr/internal/api"
)

func (a *app) groups() *cobra.Command {
	return &cobra.Command{
		Use: "groups", Short: "The groups, their members and what operators want of them",
		Long: `Lists the groups: services that run together on one node. MEMBERS are in start
order; a critical member is marked with "!". CANDIDATES is how many nodes may
run the group now.`,
		Example: `  srrctl groups`,
		Args:    args(),
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := a.client.Snapshot(cmd.Context())
			if err != nil {
				return err
			}
			groups := slices.DeleteFunc(slices.Clone(s.Units), func(u api.Unit) bool { return !u.Group })
			if a.format == formatJSON {
				return writeJSON(a.Out, groups, "  ")
			}
			a.print.printGroups(&s, groups)
			return nil
		},
	}
}

func (p *printer) printGroups(s *api.Snapshot, groups []api.Unit) {
	rows := [][]cell{head("GROUP", "MEMBERS", "RUNS ON", "CANDIDATES", "WANTED")}
	for i := range groups {
		u := &groups[i]
		where, members := membersOf(s, u)
		place := in(green, strings.Join(where, ", "))
		if len(where) != 1 {
			place.style = red
		}
		rows = append(rows, []cell{
			text(u.Name), text(strings.Join(members, " ")), place, text(strconv.Itoa(u.Eligible)), text(wanted(s, u.Intent, p)),
		})
	}
	p.table(rows...)
}

// membersOf tells where members of a unit run, and names them with their weight.
func membersOf(s *api.Snapshot, u *api.Unit) (where, members []string) {
	for _, name := range u.Members {
		svc, err := s.FindService(name)
		if err != nil {
			members = append(members, name)
			continue
		}
		if svc.Critical {
			name += "!"
		}
		members = append(members, name)
		for j := range svc.Instances {
			if inst := &svc.Instances[j]; inst.Runs() && !slices.Contains(where, inst.Title()) {
				where = append(where, inst.Title())
			}
		}
	}
	return where, members
}

// wanted is an intent in words.
func wanted(s *api.Snapshot, i *api.Intent, p *printer) string {
	if i == nil {
		return ""
	}
	var w string
	switch i.Kind {
	case api.IntentStopped:
		w = "stopped"
	case api.IntentPrefer:
		w = "on " + s.NodeTitle(i.Node)
	default:
		w = i.Kind
	}
	if !i.Until.IsZero() {
		w += " until " + p.clock(i.Until, s.At)
	}
	if i.Author != "" {
		w += ", by " + i.Author
	}
	if i.Reason != "" {
		w += ": " + i.Reason
	}
	return w
}

// moment is a time with its age, for one line of facts.
func (p *printer) moment(t, now time.Time) string {
	if t.IsZero() {
		return ""
	}
	return p.clock(t, now) + " (" + age(t, now) + " ago)"
}
