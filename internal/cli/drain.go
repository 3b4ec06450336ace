package cli

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"srr/internal/api"
)

// drainWaits makes the command drain return when nothing is left on the node, because
// people type "drain && reboot".
func (a *app) drainWaits(drain *cobra.Command) {
	var noWait bool
	var timeout string
	f := drain.Flags()
	f.BoolVar(&noWait, "no-wait", false, "return at once, while services still move away")
	f.StringVar(&timeout, "timeout", "0s", "wait for so long at most, a `DURATION`; 0s: as long as it takes")
	_ = drain.RegisterFlagCompletionFunc("timeout", cobra.NoFileCompletions)
	give := drain.RunE
	drain.RunE = func(cmd *cobra.Command, given []string) error {
		limit, err := parseSpan(timeout)
		if err != nil {
			return a.usage(err)
		}
		if noWait {
			return give(cmd, given)
		}
		before, _ := a.client.Snapshot(cmd.Context()) // if it fails, so does the command
		if err := give(cmd, given); err != nil {
			return err
		}
		ctx := cmd.Context()
		w := leaving{a: a, limit: limit, here: occupied(&before)}
		if limit > 0 {
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, limit)
			defer cancel()
		}
		return w.wait(ctx, a.client.Watch(ctx))
	}
}

// leaving is the wait for the services of a node to leave it.
type leaving struct {
	a     *app
	limit time.Duration // 0: none
	here  []stay        // what has not left yet
	begun bool          // the node has been seen drained
}

// stay is a service that is still on the node.
type stay struct {
	service string
	state   string // and what it waits for
	why     string // it does not leave; "": it is about to
}

// wait follows the snapshots until nothing is left. However it ends, the drain goes on.
func (w *leaving) wait(ctx context.Context, snapshots iter.Seq2[api.Snapshot, error]) error {
	lost := errors.New("srrd has ended the stream")
	for s, err := range snapshots {
		if err != nil {
			lost = err
			break
		}
		if done, err := w.see(&s); done || err != nil {
			return err
		}
	}
	switch ctx.Err() {
	case context.DeadlineExceeded:
		return w.late()
	case nil:
		return fmt.Errorf("the drain goes on, but it is not seen any more whether all has left: %w", lost)
	}
	return errors.New("interrupted; the drain goes on, until srrctl undrain") // as a failure, so that no reboot follows
}

// see tells what has left since the last snapshot. One without the drain is older
// than that, or of a node where somebody has ended it.
func (w *leaving) see(s *api.Snapshot) (done bool, err error) {
	if n, err := s.FindNode(s.RouterID.String()); err != nil || !n.Has(api.FlagDrained) {
		if w.begun {
			return false, errors.New("the drain was undone before all had left")
		}
		return false, nil
	}
	first, was := !w.begun, w.here
	w.begun, w.here = true, occupied(s)
	if w.a.format != formatJSON {
		w.tell(s, was, first)
	}
	return len(w.here) == 0, nil
}

func (w *leaving) tell(s *api.Snapshot, was []stay, first bool) {
	for _, old := range was {
		if !slices.ContainsFunc(w.here, func(x stay) bool { return x.service == old.service }) {
			w.a.print.line(text(old.service + " left, " + elsewhere(s, old.service)))
		}
	}
	switch {
	case len(w.here) == 0:
		w.a.print.line(text("nothing is left on " + s.Node))
	case first || len(w.here) < len(was):
		w.a.print.line(in(faint, "still here: "+names(w.here)))
	}
	before, now := byReason(was), byReason(w.here)
	for _, why := range slices.Sorted(maps.Keys(now)) {
		if before[why] == nil || first {
			w.a.print.line(textf("%s: waits, as %s", names(now[why]), why))
		}
	}
}

// byReason are those that do not leave.
func byReason(here []stay) map[string][]stay {
	all := map[string][]stay{}
	for _, x := range here {
		if x.why != "" {
			all[x.why] = append(all[x.why], x)
		}
	}
	return all
}

// names are those of some, if that is not too much for a line.
func names(of []stay) string {
	const most = 5
	var names []string
	for _, x := range of[:min(len(of), most)] {
		names = append(names, x.service)
	}
	text := strings.Join(names, ", ")
	if more := len(of) - most; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// late says what has not left in time.
func (w *leaving) late() error {
	w.a.complain("not everything has left within %v; the drain goes on, until srrctl undrain", w.limit)
	for _, x := range w.here {
		fmt.Fprintf(w.a.Err, "  - %s\n", escape(x.service+": "+x.state))
	}
	w.a.complainMore("srrctl explain SERVICE")
	return errDegraded
}

// occupied is what there is of services on the answering node, in their order.
func occupied(s *api.Snapshot) []stay {
	var here []stay
	for i := range s.Services {
		for j := range s.Services[i].Instances {
			inst := &s.Services[i].Instances[j]
			if inst.RouterID != s.RouterID || !inst.Occupies() {
				continue
			}
			state := inst.State
			switch {
			case inst.Stays != "":
				state += ": " + inst.Stays
			case inst.Pending != nil:
				state += ", waits for " + inst.Pending.Action
			case inst.Failure != nil:
				state += ": " + inst.Failure.Text
			}
			here = append(here, stay{s.Services[i].Name, state, inst.Stays})
		}
	}
	return here
}

// elsewhere is where a service is that has left.
func elsewhere(s *api.Snapshot, name string) string {
	svc, err := s.FindService(name)
	if err != nil {
		return "is configured nowhere any more"
	}
	for _, i := range svc.Running() {
		return "runs on " + i.Title()
	}
	for _, i := range svc.Between() {
		if i.RouterID != s.RouterID && i.Word() == "starting" {
			return "starts on " + i.Title()
		}
	}
	return "runs nowhere yet"
}
