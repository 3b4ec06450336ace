package daemon

import (
	"cmp"
	"context"
	"errors"
	"net/netip"
	"time"

	"srr/internal/ospf/packet"
	"srr/internal/routerid"
	"srr/internal/routing/frr"
)

// metrics is how our addresses are announced that others announce, too, or did.
// The loop owns it.
type metrics struct {
	byAddr map[netip.Addr]*announcement
	from   time.Duration // ospfd may lose what it is told before
}

// announcement is how one of our addresses is announced.
type announcement struct {
	claim  frr.ClaimMetric
	set    uint32 // what ospfd was told last; 0: nothing, so it has the base
	sure   bool   // ospfd has it
	had    bool   // it is told again only in case that somebody took it away
	asking bool
	failed bool // the last time
}

// unsure has ospfd told everything again, from a point in time on: it may have
// been started anew, and reads what it was told from no file.
func (m *metrics) unsure(from time.Duration) {
	m.from = from
	for _, an := range m.byAddr {
		an.sure, an.had = an.set == 0, false
	}
}

// look has ospfd told again what it has: somebody may take a part of that away at any
// time, and nobody tells. Where all is there, nothing is typed.
func (m *metrics) look() {
	for _, an := range m.byAddr {
		if an.sure && an.set != 0 {
			an.sure, an.had = false, true
		}
	}
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
	if now < d.metrics.from {
		return
	}
	due, missed := map[netip.Addr]*announcement{}, true
	for a, w := range d.applied.routes {
		if !w.Announce {
			if an := d.metrics.byAddr[a]; an != nil {
				an.claim = frr.ClaimMetric{} // what ospfd was told stays, and is known
			}
			continue
		}
		var seen []uint32
		for _, r := range rivals[a] {
			if d.core.Reaches(r.node) {
				seen = append(seen, r.metric)
			}
		}
		an := d.metrics.byAddr[a]
		if an == nil {
			if len(seen) == 0 {
				continue
			}
			an = &announcement{sure: true}
			d.metrics.byAddr[a] = an
		}
		want, _ := an.claim.Step(now, d.core.NewestClaim(w.Service), seen)
		if an.due(want) {
			missed = missed && an.had && want == an.set
			an.set, an.had, an.asking = want, false, true
			due[a] = an
		}
	}
	if len(due) > 0 {
		d.setMetrics(due, missed)
	}
}

// due reports whether ospfd has to be told.
func (an *announcement) due(want uint32) bool {
	return !an.asking && (!an.sure || want != cmp.Or(an.set, frr.BaseMetric))
}

// answered takes what became of telling it, and reports whether that is news. An
// answer from before ospfd was started anew, stale, says nothing of this one.
func (an *announcement) answered(err error, stale bool) (news bool) {
	news = err != nil && !an.failed
	an.asking, an.failed = false, err != nil
	an.sure = !stale && (err == nil || errors.Is(err, frr.ErrForeign)) // that is the operator's
	return news
}

// setMetrics tells ospfd in the background: its answer may take a while. What
// failed is tried again at the next beat, with what was told together with it. Missed
// tells that ospfd had all of it: what has to be typed, somebody took away.
func (d *Daemon) setMetrics(due map[netip.Addr]*announcement, missed bool) {
	metrics, from := map[netip.Prefix]uint32{}, d.metrics.from
	for a, an := range due {
		metrics[netip.PrefixFrom(a, a.BitLen())] = an.set
	}
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		typed, err := d.redist.SetMetrics(ctx, metrics)
		d.inLoopSoon(func() {
			news := false
			for _, an := range due {
				news = an.answered(err, from != d.metrics.from) || news
			}
			if news {
				d.log.Warn("the metrics of announcements were not changed; trying again", "prefixes", len(metrics), "err", err)
			}
			if missed && err == nil && len(typed) > 0 {
				d.madeAgain(len(typed))
			}
		})
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
