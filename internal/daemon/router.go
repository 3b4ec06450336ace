package daemon

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"slices"
	"time"

	"srr/internal/api"
	"srr/internal/config"
	"srr/internal/frr/doctor"
	"srr/internal/frr/vty"
	"srr/internal/journal"
	"srr/internal/node"
	"srr/internal/routerid"
	"srr/internal/routing/frr"
)

// redistribution is how far ospfd was asked to announce our addresses. The loop
// owns it.
type redistribution struct {
	busy   bool // ospfd is being asked
	again  bool // and something has changed since
	done   bool // it has all that it was asked for, as far as is known
	retry  *time.Timer
	mended time.Time // when somebody was last found to have taken it away
	lines  int       // that were missing then
}

// ensureRedistribution has ospfd announce our addresses, in the background:
// its answer may take a while, and without it nothing is started. A node without
// addresses needs it, too: only AS border routers are seen from other areas. It
// runs in the loop.
func (d *Daemon) ensureRedistribution() {
	d.asking.done = false
	if d.asking.busy {
		d.asking.again = true
		return
	}
	d.askRouter()
}

// lookAtRouter asks again for what was there: an operator may change ospfd's settings at
// any time, or take away what is ours (frr-reload does), and nobody tells. Meanwhile
// everything goes on. It runs in the loop.
func (d *Daemon) lookAtRouter() {
	if d.asking.done && !d.asking.busy {
		d.askRouter()
	}
}

func (d *Daemon) askRouter() {
	if d.asking.retry != nil {
		d.asking.retry.Stop()
	}
	d.asking.busy, d.asking.again = true, false
	prefixes, scopes := prefixesOf(d.cfg), scoped(d.cfg)
	go func() {
		limit := 10*time.Second + time.Duration(len(prefixes))*redistributionPerAddress
		ctx, cancel := context.WithTimeout(context.Background(), limit)
		defer cancel()
		typed, err := d.redist.Ensure(ctx, prefixes)
		look := look(ctx, d.vty)
		d.inLoopSoon(func() { d.redistributed(look, len(typed), err, scopes) })
	}()
}

// redistributed tells what came of it, and asks again what changed meanwhile, or what ospfd
// did not do: it may have been starting, or an operator may mend its configuration. typed is
// how many lines it had to be told.
func (d *Daemon) redistributed(look ospfdView, typed int, err error, scopes []doctor.Scoped) {
	a := &d.asking
	a.busy = false
	if a.again {
		d.ensureRedistribution()
		return
	}
	wasDone := a.done
	if wasDone && (look.err != nil || errors.Is(err, frr.ErrUnread)) {
		return // without ospfd the medium is lost, and that is told elsewhere
	}
	d.looked(look)
	err = errors.Join(err, look.fault(scopes))
	d.core.Step(d.now(), node.Ready{Err: err})
	a.done = err == nil
	switch {
	case err != nil:
		a.retry = time.AfterFunc(redistributionRetry, func() { d.inLoopSoon(d.ensureRedistribution) })
	case !wasDone:
		d.metrics.unsure(bootTime() + frr.SettleTime)
	case typed > 0:
		d.metrics.unsure(bootTime() + frr.SettleTime)
		d.madeAgain(typed)
	default:
		d.metrics.look()
	}
}

// madeAgain tells that somebody took lines away that had to be typed again.
func (d *Daemon) madeAgain(lines int) {
	a := &d.asking
	a.mended, a.lines = time.Now(), lines
	d.log.Warn("redistribution was taken away from ospfd; made again", "why", a.mendedText())
	d.events.Append(journal.Event{Time: a.mended, Node: d.cfg.Name, Reason: "redistribution made again", Detail: a.mendedText()})
}

// mendedFor is how long one is told that redistribution was taken away.
const mendedFor = 10 * time.Minute

func (a *redistribution) mendedText() string {
	return fmt.Sprintf("somebody had taken our redistribution away from ospfd, or a part of it; it was made again (%d lines). Until then routers may not have heard of the addresses of this node. frr-reload does so", a.lines)
}

// redistributionAlarms: it may be taken away once more.
func (d *Daemon) redistributionAlarms(now time.Time) []api.Alarm {
	a := &d.asking
	if a.mended.IsZero() || now.Sub(a.mended) > mendedFor {
		return nil
	}
	return []api.Alarm{{
		Severity: api.Warning, Code: "redistribution", Since: a.mended, Text: a.mendedText(),
		Advice: "docs/operating.md, FRR: let nothing take lines named SRR out of ospfd while srrd runs",
	}}
}

func prefixesOf(c *config.Config) (prefixes []netip.Prefix) {
	for i := range c.Services {
		for _, a := range c.Services[i].Addresses {
			prefixes = append(prefixes, netip.PrefixFrom(a, a.BitLen()))
		}
	}
	return prefixes
}

// redistributionPerAddress is how long ospfd may take for one address: it looks
// at everything anew after each line.
const redistributionPerAddress = 50 * time.Millisecond

// redistributionRetry is the pause before ospfd is asked again.
const redistributionRetry = 2 * time.Second

// inLoopSoon hands f to the loop, unless that has ended.
func (d *Daemon) inLoopSoon(f func()) {
	select {
	case d.requests <- f:
	case <-d.ended:
	}
}

// router is the routing daemon of this host, for init.
type router struct {
	v *vty.Client
}

// FindRouter returns what can be asked of this host's ospfd; nil if there is none.
func FindRouter(ctx context.Context, dir, _ string) config.Router {
	r := &router{v: vty.New(vty.Options{RunDir: dir})}
	if _, err := r.v.Show(ctx, vty.OSPFd, "show ip ospf"); err != nil {
		return nil
	}
	return r
}

func (r *router) show(command string, v any) error {
	ctx, cancel := shortContext()
	defer cancel()
	b, err := r.v.Show(ctx, vty.OSPFd, command)
	if err != nil {
		return err
	}
	return json.Unmarshal(b, v)
}

type ospfSummary struct {
	RouterID string                     `json:"routerId"`
	Areas    map[string]json.RawMessage `json:"areas"`
}

// RouterID is ospfd's own.
func (r *router) RouterID() (routerid.ID, error) {
	var s ospfSummary
	if err := r.show("show ip ospf json", &s); err != nil {
		return 0, err
	}
	return routerid.Parse(s.RouterID)
}

// Areas are those that ospfd is attached to.
func (r *router) Areas() ([]string, error) {
	var s ospfSummary
	err := r.show("show ip ospf json", &s)
	return slices.Sorted(maps.Keys(s.Areas)), err
}

// Interfaces are those on which OSPF runs.
func (r *router) Interfaces() ([]string, error) {
	var s struct {
		Interfaces map[string]struct {
			Enabled bool `json:"ospfEnabled"`
		} `json:"interfaces"`
	}
	if err := r.show("show ip ospf interface json", &s); err != nil {
		return nil, err
	}
	var names []string
	for _, name := range slices.Sorted(maps.Keys(s.Interfaces)) {
		if s.Interfaces[name].Enabled {
			names = append(names, name)
		}
	}
	return names, nil
}

// APIOpen connects to the OSPF API and closes again.
func (r *router) APIOpen(api netip.AddrPort) error {
	c, err := net.DialTimeout("tcp", api.String(), time.Second)
	if err != nil {
		return err
	}
	return c.Close()
}
