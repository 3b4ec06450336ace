package doctor

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"srr/internal/frr/vty"
)

// Timer is one that decides how long something takes.
type Timer struct {
	On   string // interface; "": all of ospfd
	Name string
	Is   string // for people, with units
}

// Timers are those of ospfd and bfdd, as far as they were read.
func (f Facts) Timers() []Timer {
	var out []Timer
	if o := f.OSPF; o.RouterID != "" {
		out = append(out,
			Timer{"", "SPF throttle", fmt.Sprintf("delay %d ms, hold %d to %d ms", o.SPFDelay, o.SPFHold, o.SPFMax)},
			Timer{"", "LSA throttle", fmt.Sprintf("%d ms between two instances of an own LSA", o.LSAInterval)},
			Timer{"", "LSA arrival", fmt.Sprintf("%d ms between two instances that are accepted", o.LSAMinArrival)},
		)
	}
	for _, name := range slices.Sorted(maps.Keys(f.Interfaces)) {
		i := f.Interfaces[name]
		switch {
		case !i.Enabled:
			continue
		case i.Passive:
			out = append(out, Timer{name, "hello", "passive: none are sent"})
			continue
		}
		out = append(out, Timer{name, "hello and dead", fmt.Sprintf("hello %d ms, dead %d s, retransmit %d s", i.HelloMS, i.DeadSecs, i.Retransmit)})
		out = append(out, f.bfdTimers(name)...)
	}
	return out
}

// bfdTimers are the sessions of one interface.
func (f Facts) bfdTimers(name string) []Timer {
	var out []Timer
	for _, s := range f.Sessions {
		if s.Interface != name {
			continue
		}
		is := fmt.Sprintf("to %s is %s", s.Peer, s.Status)
		if ms := s.DetectMS(); ms > 0 {
			is = fmt.Sprintf("to %s: silence is noticed after %d ms (%d × %d ms)", s.Peer, ms, s.RemoteMult, ms/max(s.RemoteMult, 1))
		}
		out = append(out, Timer{name, "BFD", is})
	}
	return out
}

// ReadTimers asks ospfd and bfdd. What could not be read is named in unread.
func ReadTimers(ctx context.Context, v VTY) (timers []Timer, unread map[string]error) {
	f := readRouter(ctx, v)
	return f.Timers(), f.Unread
}

// ReadVersion is the version of FRR as ospfd says it, such as 8.4.4.
func ReadVersion(ctx context.Context, v VTY) (string, error) {
	out, err := v.Show(ctx, vty.OSPFd, "show version")
	if err != nil {
		return "", fmt.Errorf("read the version of FRR: %w", err)
	}
	line, _, _ := strings.Cut(string(out), "\n")
	words := strings.Fields(line)
	if len(words) < 2 || words[0] != "FRRouting" {
		return "", fmt.Errorf("read the version of FRR: %.80q", line)
	}
	return words[1], nil
}
