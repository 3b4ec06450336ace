package cli

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"srr/internal/api"
)

const whatIfLong = `Takes the state of the running cluster as this node knows it, runs it forward in
a simulator on the code that decides in srrd, and prints who would run what, in
which order, with which gap, and why. Nothing touches the cluster.

WHAT is
  power-off NODE…            nodes or routers lose their power; power-on NODE…
  link-down LINK             a link, or a network (10.1.1.0/24), fails
  link-down NODE LINK|NODE   what attaches NODE to it, or joins the two, fails
  site-off NETWORK           everything on a network loses its power
  partition NETWORK NODE…    these do not hear the others on it any more
  fail SERVICE [on NODE]     it dies, and cannot be started again there
  kill NODE srrd|ospfd [BACK-AFTER|never]
  pause NODE FOR             the machine stands still, with its clocks
  any verb of srrctl, given to this node: move web n2, drain, stop web, …
  do NODE VERB …             the same, given to another node
  config FILE                this node is configured so

Several things that happen at once are separated by semicolons. Routers have no
names: their router ID stands for them. What is not known of the cluster, and was
assumed, is printed with the answer.`

func (a *app) whatIf() *cobra.Command {
	return &cobra.Command{
		Use: "what-if WHAT…", Short: "What would happen, and why; nothing does", Long: whatIfLong,
		Example: `  srrctl what-if "power-off n1"
  srrctl what-if power-off n1 n2
  srrctl what-if link-down n1 10.1.1.0/24
  srrctl what-if fail web
  srrctl what-if move web n2
  srrctl what-if "drain --stop"
  srrctl what-if do n2 drain
  srrctl what-if config /etc/srr/srr.yaml
  srrctl what-if power-off n1 -o json | jq '.units[] | {unit, after, gap_seconds}'`,
		Args: func(cmd *cobra.Command, given []string) error {
			if len(given) == 0 {
				return fmt.Errorf("what-if needs WHAT: %s", cmd.UseLine())
			}
			return nil
		},
		ValidArgsFunction: a.completeWhatIf,
		RunE: func(cmd *cobra.Command, given []string) error {
			q, err := question(given)
			if err != nil {
				return err
			}
			w, err := a.client.WhatIf(cmd.Context(), q)
			if err != nil {
				return err
			}
			if a.format == formatJSON {
				return writeJSON(a.Out, w, "  ")
			}
			a.print.printWhatIf(&w)
			return nil
		},
	}
}

// question turns the arguments into what is asked about. The words may come as
// one argument, or as many.
func question(given []string) (q api.WhatIfQuery, err error) {
	if len(given) == 2 && given[0] == "config" {
		q.ConfigFile = filepath.Base(given[1])
		q.Config, err = readConfig(given[1])
		return q, err
	}
	if q.Line = strings.Join(given, " "); strings.HasPrefix(q.Line, "config ") {
		return question([]string{"config", strings.TrimSpace(strings.TrimPrefix(q.Line, "config"))})
	}
	return q, nil
}

// maxConfig is what the daemon takes.
const maxConfig = 1 << 20

func readConfig(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxConfig))
	if err != nil {
		return "", fmt.Errorf("read the configuration: %w", err)
	}
	if len(b) == 0 || len(b) == maxConfig {
		return "", fmt.Errorf("read the configuration: %s is empty, or has %d bytes or more", path, maxConfig)
	}
	return string(b), nil
}

func (p *printer) printWhatIf(w *api.WhatIf) {
	for _, r := range w.Replies {
		p.line(text(r))
	}
	if len(w.Differences) > 0 {
		p.line(in(red, "The simulated cluster is not as the real one: what follows says little."))
		p.list("What came out differently before anything was done", w.Differences)
	}
	if len(w.Units) == 0 {
		p.line(textf("Nothing changes for %s.", plural(w.Unchanged, "unit")))
	} else {
		p.printOutcomes(w)
	}
	p.printTimeline(w.Timeline)
	if w.Restless {
		p.line(in(yellow, "It had not come to rest when the simulation ended."))
	}
	p.list("Assumed", w.Assumptions)
}

func (p *printer) printOutcomes(w *api.WhatIf) {
	rows := [][]cell{head("UNIT", "RUNS ON", "THEN ON", "GAP", "WHY")}
	for i := range w.Units {
		u := &w.Units[i]
		then := text(places(u.After))
		if u.Lost {
			then = in(red, "nowhere")
		}
		if len(u.Apart) > 0 {
			then.text += ", and cut off on " + places(u.Apart)
		}
		gap := took(u.GapSeconds)
		if u.Lost {
			gap = "no end"
		}
		rows = append(rows, []cell{in(bold, unitTitle(u.Unit, u.Group)), text(places(u.Before)), then, text(gap), text(u.Why)})
	}
	p.table(rows...)
	if w.Unchanged > 0 {
		p.line(in(faint, fmt.Sprintf("nothing changes for %s", others(w.Unchanged))))
	}
}

func others(n int) string {
	if n == 1 {
		return "1 other unit"
	}
	return fmt.Sprintf("%d other units", n)
}

func unitTitle(name string, group bool) string {
	if group {
		return "group " + name
	}
	return name
}

func places(nodes []string) string {
	if len(nodes) == 0 {
		return "nowhere"
	}
	return strings.Join(nodes, ", ")
}

func (p *printer) printTimeline(changes []api.WhatIfChange) {
	if len(changes) == 0 {
		return
	}
	p.heading("What happens")
	for i := range changes {
		c := &changes[i]
		subject := c.Node
		if c.Service != "" {
			subject = c.Service + " on " + c.Node
		}
		cells := []cell{in(faint, fmt.Sprintf("%+9.3f s  ", c.AfterSeconds)), in(bold, subject)}
		switch {
		case c.From != "":
			cells = append(cells, text("  "+strings.TrimPrefix(c.From, "active/")+" -> "), in(stateStyle(c.To), strings.TrimPrefix(c.To, "active/")))
		case c.To != "":
			cells = append(cells, text("  "+c.To))
			p.line(cells...)
			continue
		}
		if why := joinFact(c.Reason, c.Detail); why != "" {
			cells = append(cells, text("  "+why))
		}
		p.line(cells...)
	}
}
