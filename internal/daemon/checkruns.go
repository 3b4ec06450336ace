package daemon

import (
	"slices"
	"sync"

	"srr/internal/api"
	"srr/internal/checking"
)

// maxCheckRuns is how many runs of equal results are kept of each service.
const maxCheckRuns = 32

// checkRuns keeps what the checks of services said lately, for operators. Equal results
// in a row are one entry, so that a few entries reach back for long. Names are those of
// this node's files. The scheduler's goroutines write, the API's read.
type checkRuns struct {
	mu sync.Mutex
	of map[string][]api.CheckRun // oldest first
}

func (c *checkRuns) keep(r checking.Report) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.of == nil {
		c.of = map[string][]api.CheckRun{}
	}
	runs := c.of[r.Service]
	next := api.CheckRun{Health: r.Health.String(), Text: r.Text, First: r.At, Last: r.At, Count: 1, SlowestSeconds: r.Took.Seconds()}
	if k := len(runs) - 1; k >= 0 && runs[k].Health == next.Health && runs[k].Text == next.Text {
		runs[k].Last, runs[k].SlowestSeconds = next.Last, max(runs[k].SlowestSeconds, next.SlowestSeconds)
		runs[k].Count++
		return
	}
	if runs = append(runs, next); len(runs) > maxCheckRuns {
		runs = slices.Delete(runs, 0, 1)
	}
	c.of[r.Service] = runs
}

// list is what is kept of a service, newest first.
func (c *checkRuns) list(name string) []api.CheckRun {
	c.mu.Lock()
	defer c.mu.Unlock()
	runs := slices.Clone(c.of[name])
	slices.Reverse(runs)
	return runs
}
