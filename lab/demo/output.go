package demo

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"srr/lab/trial"
)

func titled(title, holder string) string {
	if strings.Contains(title, "%s") {
		return fmt.Sprintf(title, holder)
	}
	return title
}

// slot is the time that one letter of the live picture stands for, of which
// there are columns at most.
const (
	slot    = 100 * time.Millisecond
	columns = 40
)

// strip draws the last seconds of the client, one letter per slot: a dot for
// answered, an x for anything lost.
func (s *show) strip(i int, title string) func(trial.Progress) {
	return func(p trial.Progress) {
		now := time.Now()
		shown := min(columns, int(now.Sub(p.Start)/slot))
		letters := []byte(strings.Repeat(".", shown))
		for _, r := range p.Results {
			for _, g := range r.Gaps {
				for at := g.Start; at.Before(g.Start.Add(g.Took)); at = at.Add(slot / 4) {
					if k := shown - 1 - int(now.Sub(at)/slot); k >= 0 && k < shown {
						letters[k] = 'x'
					}
				}
			}
		}
		s.printf("\r%d/%d %-48s %-*s", i+1, len(steps), title, columns, letters)
	}
}

func (s *show) report(i int, r *result) {
	if s.o.Live {
		s.printf("\r\x1b[K")
	}
	s.printf("%d/%d %-48s ", i+1, len(steps), r.title)
	if r.err != nil {
		s.printf("FAILED: %v\n", r.err)
		return
	}
	s.printf("%s without an answer (nginx: %s), now on %s\n", milliseconds(r.icmp.Gap), milliseconds(r.web.Gap), r.after)
}

func milliseconds(d time.Duration) string {
	return fmt.Sprintf("%d ms", d.Round(time.Millisecond).Milliseconds())
}

// summary prints what the client saw of every step.
func (s *show) summary() {
	s.printf("\nWhat the client saw (timers %s, %.0f s in all):\n\n", s.o.Timers, time.Since(s.began).Seconds())
	t := tabwriter.NewWriter(s.o.Out, 0, 0, 3, ' ', 0)
	fmt.Fprintln(t, "  step\tno ping for\tprobes lost\tno page for\trequests lost\tthen on\tresult")
	for _, r := range s.results {
		verdict := "ok"
		if r.err != nil {
			verdict = "FAILED"
		}
		fmt.Fprintf(t, "  %s\t%s\t%d\t%s\t%d\t%s\t%s\n", r.title,
			milliseconds(r.icmp.Gap), r.icmp.Lost, milliseconds(r.web.Gap), r.web.Lost, r.after, verdict)
	}
	_ = t.Flush()
	s.printf("\n")
}
