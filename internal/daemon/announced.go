package daemon

import (
	"context"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"srr/internal/api"
	"srr/internal/config"
	"srr/internal/ospf/packet"
	"srr/internal/routerid"
)

// announcements is whether ospfd has for our addresses what the kernel has. Between the
// two is zebra, which may hang or have died, and what keeps ospfd from redistributing
// although its route-map permits it: a distribute-list, an aggregate, an OSPF interface
// with a subnet that the address is in. The loop owns it.
type announcements struct {
	busy   bool
	doubts map[netip.Addr]bool // of the last look, where ospfd has something else: should it announce?
	wrong  map[netip.Addr]bool // and does not by its own word either
	since  time.Time
}

// announcementsAsked is how many addresses ospfd is asked for in one look.
const announcementsAsked = 16

// lookAtAnnouncements compares what is announced with the link-state database. What
// differed in the look before, too, ospfd is asked for: the database may have gaps. It
// runs in the loop.
func (d *Daemon) lookAtAnnouncements() {
	a := &d.holes
	if a.busy {
		return
	}
	before := a.doubts
	a.doubts = nil
	if !d.asking.done {
		d.announcementsAre(nil) // no medium, or not allowed to: those are other alarms
		return
	}
	a.doubts = disagreements(d.cfg, d.announces, d.lsdb.announced())
	ask := maps.Clone(a.doubts)
	maps.DeleteFunc(ask, func(addr netip.Addr, should bool) bool {
		was, doubted := before[addr]
		return !doubted || was != should
	})
	if len(ask) == 0 {
		d.announcementsAre(nil)
		return
	}
	a.busy = true
	self := d.cfg.RouterID
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), routerInterval/2)
		defer cancel()
		wrong, err := d.confirm(ctx, self, ask)
		d.inLoopSoon(func() {
			a.busy = false
			maps.DeleteFunc(wrong, func(addr netip.Addr, should bool) bool { return d.announces(addr) != should })
			if err == nil {
				d.announcementsAre(wrong)
			}
		})
	}()
}

// announces reports whether this node announces the address, as far as the kernel goes.
func (d *Daemon) announces(addr netip.Addr) bool { return d.applied.states[addr].Announced }

// disagreements are the addresses of which ospfd's database says something else than the
// kernel, with what the kernel says.
func disagreements(c *config.Config, announces func(netip.Addr) bool, has map[netip.Addr]bool) map[netip.Addr]bool {
	out := map[netip.Addr]bool{}
	for _, p := range prefixesOf(c) {
		if addr := p.Addr(); addr.Is4() && announces(addr) != has[addr] {
			out[addr] = announces(addr)
		}
	}
	return out
}

// confirm asks ospfd, and returns those of which it says the same.
func (d *Daemon) confirm(ctx context.Context, self routerid.ID, ask map[netip.Addr]bool) (map[netip.Addr]bool, error) {
	wrong := map[netip.Addr]bool{}
	addrs := slices.SortedFunc(maps.Keys(ask), netip.Addr.Compare)
	for _, addr := range addrs[:min(len(addrs), announcementsAsked)] {
		all, err := d.redist.Announced(ctx, netip.PrefixFrom(addr, addr.BitLen()))
		if err != nil {
			return nil, err
		}
		if _, has := all[self]; has != ask[addr] {
			wrong[addr] = ask[addr]
		}
	}
	return wrong, nil
}

func (d *Daemon) announcementsAre(wrong map[netip.Addr]bool) {
	a := &d.holes
	if maps.Equal(a.wrong, wrong) {
		return
	}
	if len(a.wrong) == 0 {
		a.since = time.Now()
	}
	if a.wrong = wrong; len(wrong) > 0 {
		d.log.Error("ospfd does not announce what this node does", "why", a.text())
	} else {
		d.log.Info("ospfd announces again what this node does")
	}
}

func (a *announcements) text() string {
	var missing, stale []string
	for _, addr := range slices.SortedFunc(maps.Keys(a.wrong), netip.Addr.Compare) {
		if a.wrong[addr] {
			missing = append(missing, addr.String())
		} else {
			stale = append(stale, addr.String())
		}
	}
	var all []string
	if len(missing) > 0 {
		all = append(all, fmt.Sprintf("ospfd announces no host route for %s, which this node has announced: no router sends packets for it here", strings.Join(missing, ", ")))
	}
	if len(stale) > 0 {
		all = append(all, fmt.Sprintf("ospfd still announces %s, which this node does not: routers may send packets for it here", strings.Join(stale, ", ")))
	}
	return strings.Join(all, "; ")
}

// announcementAlarms: a black hole.
func (d *Daemon) announcementAlarms() []api.Alarm {
	if len(d.holes.wrong) == 0 {
		return nil
	}
	return []api.Alarm{{
		Severity: api.Critical, Code: "announcement", Since: d.holes.since, Text: d.holes.text(),
		Advice: "does zebra answer (vtysh -d zebra -c 'show version')? A distribute-list, a summary-address, an OSPF interface with that subnet? srrctl doctor",
	}}
}

// announced is for which addresses this router announces host routes.
func (b *browser) announced() map[netip.Addr]bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := map[netip.Addr]bool{}
	now := bootTime()
	for e := range b.db.All() {
		h := &e.LSA.Header
		x, ok := e.LSA.Body.(*packet.External)
		if !ok || h.AdvRouter != b.cfg.RouterID || e.MaxAge(now) {
			continue
		}
		if bits, ok := x.Mask.MaskBits(); ok && bits == 32 {
			out[h.ID.Addr()] = true
		}
	}
	return out
}
