package daemon

import (
	"context"
	"errors"
	"fmt"
	"time"

	"srr/internal/config"
	"srr/internal/frr/doctor"
	"srr/internal/frr/vty"
	"srr/internal/routing/address"
	"srr/internal/ticks"
)

// routerInterval is how often ospfd's settings are read again, and our lines in them.
const routerInterval = 10 * time.Second

// ospfdView is what ospfd was last seen to be set to.
type ospfdView struct {
	process doctor.Process
	areas   map[string]doctor.AreaKind
	err     error // it could not be read
}

func look(ctx context.Context, v *vty.Client) ospfdView {
	p, areas, err := doctor.ReadProcess(ctx, v)
	return ospfdView{p, areas, err}
}

func (o ospfdView) known() bool { return o.err == nil && o.process.RouterID != "" }

// errNoArea: interfaces come later than ospfd itself; until then it is unknown
// how far records go.
var errNoArea = errors.New("ospfd is in no area yet")

// fault says why this node must not run its services where it is; nil: it may.
func (o ospfdView) fault(services []doctor.Scoped) error {
	switch {
	case o.err != nil:
		return o.err
	case len(o.areas) == 0:
		return errNoArea
	}
	return errors.Join(o.process.SizeFault(), doctor.AreaFault(o.areas, services))
}

// CheckRouter says what this host's ospfd has to say against a configuration
// that is right by itself; nil also where none can be asked.
func CheckRouter(ctx context.Context, path string) error {
	c, err := config.Load(path, nil)
	if err != nil {
		return err
	}
	v := look(ctx, vty.New(vty.Options{RunDir: c.Routing.VTY}))
	if v.err != nil || len(v.areas) == 0 {
		return nil
	}
	err = v.fault(scoped(c))
	if said := c.Routing.MinArrival; v.disproves(said) {
		err = errors.Join(err, fmt.Errorf("routing.frr.min-arrival is %s, but ospfd on this host has %s", said, v.minArrival()))
	}
	return err
}

func scoped(c *config.Config) []doctor.Scoped {
	all := make([]doctor.Scoped, len(c.Services))
	for i := range c.Services {
		s := &c.Services[i]
		all[i] = doctor.Scoped{Name: s.Name, Scope: s.Scope, Address: !s.Resource()}
	}
	return all
}

// watchRouter looks at ospfd now and then.
func (d *Daemon) watchRouter(ctx context.Context) {
	for range ticks.Every(ctx, routerInterval) {
		d.inLoopSoon(func() {
			d.lookAtRouter()
			d.lookAtAnnouncements()
		})
	}
}

// looked takes over what was seen. It runs in the loop.
func (d *Daemon) looked(v ospfdView) {
	d.ospfd = v
	d.applyHold()
}

// applyHold has the addresses wait for as long as the slowest router needs.
func (d *Daemon) applyHold() {
	said := d.cfg.Routing.MinArrival
	if was := d.disproved; was != d.ospfd.disproves(said) {
		d.disproved = !was
		if d.disproved {
			d.log.Warn("routing.frr.min-arrival is not true of this router; addresses are held for longer", "from", said, "to", d.ospfd.minArrival())
		}
	}
	length := d.ospfd.hold(said)
	if length == d.hold {
		return
	}
	d.hold = length
	d.routes.SetHold(length)
	d.applied.routesDue = true // a shorter one may have ended
}

// hold is how long an address stays withdrawn, by the word of the operator for
// all routers and by what can be seen of one.
func (o ospfdView) hold(said time.Duration) time.Duration {
	return address.HoldFor(max(said, o.minArrival()))
}

// disproves reports that ospfd was read and needs more than was said.
func (o ospfdView) disproves(said time.Duration) bool { return o.known() && o.minArrival() > said }

// minArrival is that of this host's ospfd. Until it was read it is taken for
// the default.
func (o ospfdView) minArrival() time.Duration {
	if !o.known() {
		return address.MinLSArrival
	}
	return time.Duration(o.process.LSAMinArrival) * time.Millisecond
}
