package bench

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
)

// The table of numbers stands between these lines of a document.
const (
	numbersBegin = "<!-- numbers -->\n"
	numbersEnd   = "<!-- /numbers -->\n"
)

// described are the cases in the words of the README, in its order.
var described = []struct{ name, text string }{
	{"planned-move", "an operator moves an address"},
	{"service-crash", "kill -9 of the process, restarted in place"},
	{"power-off", "power off of the node"},
	{"power-off" + knownSuffix, "of this, since its successor's ospfd knew"},
	{"power-off-100", "power off, 100 addresses, to the last"},
	{"power-off-1000", "power off, 1,000 addresses, to the last"},
	{"power-off-1000-signed", "the same, records signed"},
	{decideCase, "deciding for 1,000 services after the loss of their node (processor time, no network)"},
	{"ospfd-crash", "kill -9 of ospfd"},
	{"srrd-kill", "kill -9 of srrd, started again after 0.1 s"},
	{"srrd-kill-1000", "the same on a node with 1,000 addresses"},
	{"srrd-kill-no-restart", "kill -9 of srrd, not started again"},
	{"srrd-freeze", "srrd frozen, not started again"},
	{"link-down", "one of two links down"},
	{"router-off", "the router in use off"},
	{"floor-power-off", "*power off without any daemon: detection and routing alone*"},
	{"floor-power-off-100", "*the same, 100 addresses, to the last*"},
	{"floor-power-off-1000", "*the same, 1,000 addresses, to the last*"},
	{"keepalived-power-off", "*keepalived, the same fault, one LAN*"},
	{"pacemaker-power-off", "*Pacemaker, the same fault, one LAN*"},
}

// WriteNumbers puts the results in place of the table between the markers of a
// document. What is written around the table, within the markers, goes too.
func (f *File) WriteNumbers(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("write numbers: %w", err)
	}
	before, rest, ok := bytes.Cut(text, []byte(numbersBegin))
	_, after, ok2 := bytes.Cut(rest, []byte(numbersEnd))
	if !ok || !ok2 {
		return fmt.Errorf("write numbers to %s: no line %q and, below, %q", path, strings.TrimSpace(numbersBegin), strings.TrimSpace(numbersEnd))
	}
	table := f.numbers()
	if table == "" {
		return errors.New("write numbers: nothing was measured; run make bench")
	}
	out := slices.Concat(before, []byte(numbersBegin+table+numbersEnd), after)
	if err := os.WriteFile(path, out, 0o644); err != nil {
		return fmt.Errorf("write numbers: %w", err)
	}
	return nil
}

// numbers is the table in Markdown, and what one must know to read it.
func (f *File) numbers() string {
	var b strings.Builder
	for _, d := range described {
		for _, e := range f.sorted() {
			if e.Case == d.name {
				fmt.Fprintf(&b, "| %s | %s | %d | %.0f | **%.1f** | %.0f | %.0f |\n", d.text, e.Timers, e.N, e.MinMS, e.MedianMS, e.P95MS, e.MaxMS)
			}
		}
	}
	if b.Len() == 0 {
		return ""
	}
	return `| what happens | timers | n | min | median | p95 | max |
|---|---|---|---|---|---|---|
` + b.String() + `
` + "`bfd20` and `bfd50` are BFD with 3 × 20 and 3 × 50 ms, `hello` is OSPF's dead interval of\n" +
		"1 s, `default` are FRR's own timers. The thesis measured 1/5/9 s for a service and 4/5/8 s\n" +
		"for a crash of ospfd (min/mean/max, Table J). FRR looks at external routes again only a second\n" +
		"after the way to a node has changed; srrd announces its addresses anew before, where ospfd\n" +
		"lets it (not with `default`).\n"
}
