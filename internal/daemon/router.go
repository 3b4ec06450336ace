package daemon

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net"
	"net/netip"
	"slices"
	"time"

	"srr/internal/config"
	"srr/internal/frr/vty"
	"srr/internal/node"
	"srr/internal/routerid"
	"srr/internal/routing/frr"
)

// redistribution is how far ospfd was asked to announce our addresses. The loop
// owns it.
type redistribution struct {
	busy  bool // ospfd is being asked
	again bool // and something has changed since
	retry *time.Timer
}

// ensureRedistribution has ospfd announce our addresses, in the background:
// its answer may take a while, and without it nothing is started. A node without
// addresses needs it, too: only AS border routers are seen from other areas. It
// runs in the loop.
func (d *Daemon) ensureRedistribution() {
	if d.asking.busy {
		d.asking.again = true
		return
	}
	if d.asking.retry != nil {
		d.asking.retry.Stop()
	}
	d.asking.busy, d.asking.again = true, false
	var prefixes []netip.Prefix
	for i := range d.cfg.Services {
		for _, a := range d.cfg.Services[i].Addresses {
			prefixes = append(prefixes, netip.PrefixFrom(a, a.BitLen()))
		}
	}
	scopes := scoped(d.cfg)
	go func() {
		limit := 10*time.Second + time.Duration(len(prefixes))*redistributionPerAddress
		ctx, cancel := context.WithTimeout(context.Background(), limit)
		defer cancel()
		err := d.redist.Ensure(ctx, prefixes)
		look := look(ctx, d.vty)
		err = errors.Join(err, look.fault(scopes))
		d.send(node.Ready{Err: err})
		d.inLoopSoon(func() {
			d.looked(look)
			d.redistributed(err)
		})
	}()
}

// redistributed asks again what changed meanwhile, or what ospfd did not do: it may
// have been starting, or an operator may mend its configuration.
func (d *Daemon) redistributed(err error) {
	d.asking.busy = false
	switch {
	case d.asking.again:
		d.ensureRedistribution()
	case err != nil:
		d.asking.retry = time.AfterFunc(redistributionRetry, func() { d.inLoopSoon(d.ensureRedistribution) })
	default:
		d.metrics.unsure(bootTime() + frr.SettleTime)
	}
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
