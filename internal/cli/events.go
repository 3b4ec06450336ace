package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"srr/internal/api"
)

// usualEvents is how many are shown if nobody says how many.
const usualEvents = 50

func (a *app) events() *cobra.Command {
	var q api.EventQuery
	var since string
	cmd := &cobra.Command{
		Use: "events [--since TIME] [--follow] [flags]", Short: "What happened, and why",
		Long: `Prints what happened on this node, oldest first, from the journal on its disk:
the newest 50 events, or all --since a time. Each node has a journal of its own;
with --server, --node asks that node for its. With -o json each event is a line
of its own.

TIME is a duration (90m, 8h, 3d), a time of day, a date with or without a time,
or RFC 3339.`,
		Example: `  srrctl events --since 1h
  srrctl events --since "2026-11-23 03:00" --service web
  srrctl events --follow -o json | jq -r 'select(.to == "active/failed") | .service'`,
		Args: args(),
	}
	f := cmd.Flags()
	f.StringVar(&since, "since", "", "only what happened at or after `TIME`")
	f.BoolVarP(&q.Follow, "follow", "f", false, "go on with what happens from now on")
	f.StringVar(&q.Service, "service", "", "only of this `SERVICE`")
	f.StringVar(&q.Node, "node", "", "only of this `NODE`")
	f.IntVarP(&q.Limit, "limit", "n", 0, "only the newest `N` of the past")
	_ = cmd.RegisterFlagCompletionFunc("service", a.completeServices)
	_ = cmd.RegisterFlagCompletionFunc("node", a.completeNodes)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if since != "" {
			t, err := parseWhen(since, a.Now(), a.Zone, -1)
			if err != nil {
				return a.usage(err)
			}
			q.Since = t
		} else if q.Limit == 0 {
			q.Limit = usualEvents
		}
		if err := a.askOwner(cmd.Context(), &q); err != nil {
			return err
		}
		return a.printEvents(cmd.Context(), q)
	}
	return cmd
}

// askOwner has the node asked whose journal is wanted: each holds what happened there.
func (a *app) askOwner(ctx context.Context, q *api.EventQuery) error {
	if q.Node == "" {
		return nil
	}
	snap, err := a.client.Snapshot(ctx)
	if err != nil {
		return err
	}
	n, err := snap.FindNode(q.Node)
	switch {
	case err != nil:
		return err
	case n.Self:
		return nil
	case a.server() == "":
		return fmt.Errorf("the journal of %s holds what happened there: srrctl events on %s tells what happened on that node, or from here --server HOST:PORT --on %s", snap.Node, n.Title(), n.Title())
	}
	q.Node, a.remote.on = "", n.RouterID.String()
	a.client.Close()
	a.client, err = a.connect()
	return err
}

// usage marks an error that was found late as one of the arguments.
func (a *app) usage(err error) error {
	a.began = false
	return err
}

func (a *app) printEvents(ctx context.Context, q api.EventQuery) error {
	for e, err := range a.client.Events(ctx, q) {
		if err != nil {
			return err
		}
		if a.format == formatJSON {
			err = writeJSON(a.Out, e, "")
		} else {
			a.print.printEvent(&e, a.Now())
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (p *printer) printEvent(e *api.Event, now time.Time) {
	subject := e.Node
	if e.Service != "" {
		subject = e.Service + " on " + e.Node
	}
	cells := []cell{in(faint, p.clock(e.Time, now)+"."+e.Time.Format("000")+"  "), in(bold, subject)}
	if e.To != "" {
		from := strings.TrimPrefix(e.From, "active/")
		to := strings.TrimPrefix(e.To, "active/")
		cells = append(cells, text("  "+from+" -> "), in(stateStyle(e.To), to))
	}
	if why := joinFact(e.Reason, e.Detail); why != "" {
		cells = append(cells, text("  "+why))
	}
	if e.TookSeconds > 0 {
		cells = append(cells, in(faint, "  ("+took(e.TookSeconds)+")"))
	}
	p.line(cells...)
}
