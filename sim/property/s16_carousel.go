package property

import (
	"fmt"
	"math/bits"
	"time"

	"srr/internal/service"
	"srr/sim/host"
)

// carousel is S16: nothing goes round and round. While nobody touches anything, no
// machine, no link and no daemon comes or goes, a host tries to start a service a few
// times only, and then with pauses: those of the last resort, which double.
type carousel struct {
	*truth
	daemons time.Duration // when a srrd began or ended last, anywhere
	cause   time.Duration // the last one
	starts  map[attempt]tally
	recalls map[attempt]bool // its start asked to be called again, which is no other one
}

type attempt struct {
	host    *host.Host
	service string
}

// tally is how often something was tried since the first time.
type tally struct {
	first time.Duration
	times int
}

func (p *carousel) see(e *host.Effect) string {
	if e.Kind == host.DaemonBegan || e.Kind == host.DaemonEnded {
		p.daemons = e.At
	}
	if e.Kind == host.CallEnded && e.Call.Primitive == service.Start {
		p.recalls[attempt{e.Host, e.Service}] = e.Result.Outcome == service.NotFinished
	}
	name := startBegins(e)
	if name == "" || p.recalls[attempt{e.Host, name}] {
		return ""
	}
	if cause := max(p.daemons, p.world.Stepped(), p.world.Disturbed()); cause != p.cause {
		p.cause = cause
		clear(p.starts)
	}
	a := attempt{e.Host, name}
	x, again := p.starts[a]
	if !again {
		x.first = e.At
	}
	x.times++
	p.starts[a] = x
	if x.times <= allowed(e.At-x.first) {
		return ""
	}
	return fmt.Sprintf("%s starts %s for the %d. time within %.0f s, and nothing else has happened", e.Host.Name, name, x.times, (e.At - x.first).Seconds())
}

// allowed is how often a host may start a service within some time for one cause: for
// the cause, once more since others failed as well, and then after 5 s, 10, 20 … 5 min.
func allowed(within time.Duration) int {
	const first, longest = 5 * time.Second, 5 * time.Minute
	return 2 + bits.Len64(uint64(within/first)) + int(within/longest)
}
