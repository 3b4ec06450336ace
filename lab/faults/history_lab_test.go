//go:build lab

package faults

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// history is a file to which the services themselves write what is done to
// them: the truth, whatever srrd believes. Lines of scripts are noted as well.
type history struct{ file string }

// act is one line of the history.
type act struct {
	at                       time.Time
	host, service, primitive string
	phase                    string // begin, end, failed, lied
}

func (h *history) note(text string) {
	f, err := os.OpenFile(h.file, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return
	}
	now := time.Now()
	_, _ = fmt.Fprintf(f, "%d.%09d # %s\n", now.Unix(), now.Nanosecond(), text)
	_ = f.Close()
}

// acts since a moment, in order.
func (h *history) acts(since time.Time) []act {
	text, err := os.ReadFile(h.file)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	var out []act
	for line := range strings.Lines(string(text)) {
		f := strings.Fields(line)
		if len(f) < 3 {
			continue
		}
		seconds, nanoseconds, _ := strings.Cut(f[0], ".")
		s, _ := strconv.ParseInt(seconds, 10, 64)
		ns, _ := strconv.ParseInt(nanoseconds, 10, 64)
		a := act{at: time.Unix(s, ns)}
		switch {
		case f[1] == "#" && f[2] == "power-off":
			a.host, a.primitive = f[3], "power-off"
		case f[1] == "#" || len(f) != 5:
			continue
		default:
			a.host, a.service, a.primitive, a.phase = f[1], f[2], f[3], f[4]
		}
		if !a.at.Before(since) {
			out = append(out, a)
		}
	}
	slices.SortStableFunc(out, func(a, b act) int { return a.at.Compare(b.at) })
	return out
}

// starts counts how often a service was told to start, on all hosts.
func (h *history) starts(service string) int {
	n := 0
	for _, a := range h.acts(time.Time{}) {
		if a.service == service && a.primitive == "start" && a.phase == "begin" {
			n++
		}
	}
	return n
}

// overlaps finds the moments at which a resource was told to start on a host
// while it was active on another: from the beginning of a start to the end of a
// stop, or of the power. holder is where it was at the beginning.
func (h *history) overlaps(resource, holder string, since time.Time) []error {
	var errs []error
	active := map[string]bool{holder: true}
	for _, a := range h.acts(since) {
		switch {
		case a.primitive == "power-off":
			delete(active, a.host)
		case a.service != resource:
		case a.primitive == "start" && a.phase == "begin":
			for other := range active {
				if other != a.host {
					errs = append(errs, fmt.Errorf("%s was started on %s at %s while it was active on %s", resource, a.host, a.at.Format("15:04:05.000"), other))
				}
			}
			active[a.host] = true
		case a.primitive == "stop" && a.phase == "end":
			delete(active, a.host)
		}
	}
	return errs
}
