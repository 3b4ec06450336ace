package bench

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"srr/lab"
)

// targets of a median, in ms, by case and timers, or by the case alone if they are the
// same with all timers. A missing one has none.
var targets = map[string]float64{
	"power-off bfd20": 80, "power-off bfd50": 160, "power-off hello": 1100, "power-off" + knownSuffix + " default": 100,
	"planned-move bfd20": 15, "planned-move": 45,
	"ospfd-crash bfd20": 40, "ospfd-crash bfd50": 40,
	"service-crash": 50, // and the service's own start, which takes a few ms here
	"srrd-kill":     0, "srrd-kill-1000": 0, "srrd-kill-no-restart": 8000, "srrd-freeze": 11000,
	"power-off-100 bfd20": 150, "power-off-1000 bfd20": 1000,
}

// thesis is Table J: the gap that the thesis measured on its own clusters, in
// seconds, shortest, mean and longest.
const thesis = `The thesis (Table J, seconds, min/mean/max): an independent service 1/5/9, its ospfd crashed 4/5/8.
`

// sorted are the entries in the order of the cases and of the timers.
func (f *File) sorted() []Entry {
	entries := slices.Clone(f.Entries)
	slices.SortStableFunc(entries, func(a, b Entry) int {
		return cmp.Or(cmp.Compare(caseIndex(a.Case), caseIndex(b.Case)), cmp.Compare(timersIndex(a.Timers), timersIndex(b.Timers)))
	})
	return entries
}

// Print writes all results as a table, beside those of the thesis.
func (f *File) Print(w io.Writer) {
	fmt.Fprintln(w, "What the client sees, in milliseconds without an answer:")
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "case\ttimers\tmedium\tn\tmin\tmedian\tp95\tmax\tlost\ttarget\t")
	for _, e := range f.sorted() {
		fmt.Fprintf(t, "%s\t%s\t%s\t%d\t%.0f\t%.1f\t%.0f\t%.0f\t%d\t%s\t\n",
			e.Case, e.Timers, e.Medium, e.N, e.MinMS, e.MedianMS, e.P95MS, e.MaxMS, e.Lost, e.judge())
	}
	_ = t.Flush()
	fmt.Fprint(w, thesis)
}

// judge compares with the target.
func (e *Entry) judge() string {
	limit, ok := targets[e.Case+" "+e.Timers]
	if !ok {
		limit, ok = targets[e.Case]
	}
	if !ok {
		return ""
	}
	text := "≤ " + strconv.FormatFloat(limit, 'f', -1, 64)
	if e.MedianMS > limit {
		return text + " MISSED"
	}
	return text
}

func caseIndex(name string) int {
	for _, s := range suffixes {
		name = strings.TrimSuffix(name, s)
	}
	return slices.IndexFunc(cases, func(c testCase) bool { return c.name == name })
}

func timersIndex(name string) int {
	return slices.IndexFunc(lab.AllTimers, func(t lab.Timers) bool { return t.Name == name })
}
