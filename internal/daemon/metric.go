package daemon

import (
	"cmp"
	"context"
	"net/netip"
	"time"

	"srr/internal/ospf/packet"
	"srr/internal/routerid"
	"srr/internal/routing/frr"
)

// announcement is how one of our addresses is announced.
type announcement struct {
	claim frr.ClaimMetric
	set   uint32 // what ospfd was told; 0: nothing yet, the base
}

// rival is another node's announcement of a prefix.
type rival struct {
	node   routerid.ID
	metric uint32
}

// adjustMetrics keeps the announcement of the newest claim below all others of
// the same address, so that clients go to it while the others withdraw.
func (d *Daemon) adjustMetrics() {
	rivals := d.lsdb.rivals()
	now := bootTime()
	for a, w := range d.applied.routes {
		if !w.Announce {
			delete(d.metrics, a)
			continue
		}
		var seen []uint32
		for _, r := range rivals[a] {
			if d.core.Reaches(r.node) {
				seen = append(seen, r.metric)
			}
		}
		an := d.metrics[a]
		if an == nil {
			if len(seen) == 0 {
				continue
			}
			an = &announcement{}
			d.metrics[a] = an
		}
		want, _ := an.claim.Step(now, d.core.NewestClaim(w.Service), seen)
		if want != cmp.Or(an.set, frr.BaseMetric) {
			an.set = want
			d.setMetric(a, want)
		}
	}
}

// setMetric tells ospfd in the background: its answer may take a while.
func (d *Daemon) setMetric(a netip.Addr, metric uint32) {
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := d.redist.SetMetric(ctx, netip.PrefixFrom(a, a.BitLen()), metric); err != nil {
			d.log.Warn("the metric of an announcement was not changed", "prefix", a, "err", err)
		}
	}()
}

// rivals returns what others announce as host routes, by address.
func (b *browser) rivals() map[netip.Addr][]rival {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := map[netip.Addr][]rival{}
	now := bootTime()
	for e := range b.db.All() {
		h := &e.LSA.Header
		x, ok := e.LSA.Body.(*packet.External)
		if !ok || h.AdvRouter == b.cfg.RouterID || e.MaxAge(now) || x.Metric >= packet.LSInfinity {
			continue
		}
		if bits, ok := x.Mask.MaskBits(); ok && bits == 32 {
			out[h.ID.Addr()] = append(out[h.ID.Addr()], rival{h.AdvRouter, x.Metric})
		}
	}
	return out
}
