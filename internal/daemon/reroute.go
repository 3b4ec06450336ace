package daemon

import (
	"context"
	"errors"
	"hash/maphash"
	"time"

	"srr/internal/ospf/lsdb"
	"srr/internal/ospf/packet"
	"srr/internal/routing/frr"
)

// When the topology has changed, other than by the loss of a holder, routers know
// the new way to this node at once, but take that of its addresses a second later,
// unless the addresses are announced anew (docs/decisions/0080-announce-anew.md).
const (
	topologyQuiet = 100 * time.Millisecond // all routers have computed their paths
	topologyLimit = 300 * time.Millisecond // although changes go on: the second passes
	rerouteMost   = 64                     // addresses; more would be a storm of LSAs just then
	rerouteBurst  = 4                      // at once
	rerouteEvery  = 5 * time.Second        // in the long run
	topologyMost  = 1 << 16
)

// topology notices that router or network LSAs say something else. The browser
// owns it.
type topology struct {
	seed    maphash.Seed
	bodies  map[lsdb.Key]uint64
	changed chan struct{} // capacity 1
}

func newTopology() topology {
	return topology{seed: maphash.MakeSeed(), bodies: map[lsdb.Key]uint64{}, changed: make(chan struct{}, 1)}
}

// forget: everything is shown again, and is no news.
func (t *topology) forget() { clear(t.bodies) }

// update takes an LSA with its bytes.
func (t *topology) update(k lsdb.Key, raw []byte) {
	if k.Type != packet.TypeRouter && k.Type != packet.TypeNetwork {
		return
	}
	body := maphash.Bytes(t.seed, raw[packet.HeaderLen:])
	was, known := t.bodies[k]
	if !known && len(t.bodies) >= topologyMost {
		return
	}
	t.bodies[k] = body
	if known && was != body {
		select {
		case t.changed <- struct{}{}:
		default:
		}
	}
}

// watchTopology has the addresses announced anew after a change.
func (d *Daemon) watchTopology(ctx context.Context, changed <-chan struct{}) {
	for {
		select {
		case <-changed:
		case <-ctx.Done():
			return
		}
		untilQuiet(ctx, changed)
		d.inLoopSoon(d.reroute)
	}
}

func untilQuiet(ctx context.Context, changed <-chan struct{}) {
	limit := time.After(topologyLimit)
	for {
		select {
		case <-changed:
			continue
		case <-time.After(topologyQuiet):
		case <-limit:
		case <-ctx.Done():
		}
		return
	}
}

// rerouted bounds how often that is done: four times in a row, and again every five
// seconds. A network that does not come to rest shall not be flooded with our addresses on
// top; but a router that comes back, with a change for each of its neighbors, leaves
// something for the next that is lost. The loop owns it.
type rerouted struct {
	rested time.Duration // by then all four may be used again
}

func (r *rerouted) may(now time.Duration) bool {
	rested := max(r.rested, now) + rerouteEvery
	if rested-now > rerouteBurst*rerouteEvery {
		return false
	}
	r.rested = rested
	return true
}

// reroute runs in the loop. ospfd does it at once or, with a time between two LSAs,
// when it is too late.
func (d *Daemon) reroute() {
	announced := 0
	for _, w := range d.applied.routes {
		if w.Announce {
			announced++
		}
	}
	useless := announced == 0 || announced > rerouteMost || !d.ospfd.known() || d.ospfd.process.LSAInterval > 0
	if useless || !d.rerouted.may(bootTime()) {
		return
	}
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if err := d.redist.Touch(ctx); err != nil && !errors.Is(err, frr.ErrForeign) {
			d.log.Warn("the addresses were not announced anew", "err", err)
		}
	}()
}
