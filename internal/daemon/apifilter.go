package daemon

import (
	"context"
	"errors"
	"fmt"
	"time"

	"srr/internal/api"
	"srr/internal/config"
	"srr/internal/frr/doctor"
	"srr/internal/frr/filter"
	"srr/internal/ticks"
)

// filterInterval is how often the rule is looked for: whoever loads a firewall
// anew flushes the rules of everybody.
const filterInterval = 30 * time.Second

// closeAPI closes ospfd's API to other hosts, or makes sure that it is closed
// already. Otherwise this node does not start, unless its configuration says so.
func (d *Daemon) closeAPI(ctx context.Context) error {
	if !d.cfg.Medium.Filter {
		return nil
	}
	port := d.cfg.Medium.OSPFAPI.Port()
	err := filter.Install(ctx, port)
	if err == nil {
		d.log.Info("closed the OSPF API to other hosts", "port", port, "table", filter.Table)
		d.closers.addContext("rule that closes the OSPF API", d.openAPI)
		return nil
	}
	if doctor.APIClosed(port) {
		d.log.Warn("cannot close the OSPF API, which only listens on loopback now", "port", port, "err", err)
		return nil
	}
	return fmt.Errorf("%w\nospfd takes anybody's word there. Close port %d yourself and say medium: {api-filter: none}, or mend what nft says", err, port)
}

// openAPI undoes that. A daemon that detaches leaves it, like its services.
func (d *Daemon) openAPI(ctx context.Context) error {
	if d.detaching {
		return nil
	}
	return filter.Remove(ctx)
}

// keepAPIClosed sees to it that it stays.
func (d *Daemon) keepAPIClosed(ctx context.Context, m config.Medium) {
	if !m.Filter {
		return
	}
	for range ticks.Every(ctx, filterInterval) {
		err := d.closeAgain(ctx, m.OSPFAPI.Port())
		if ctx.Err() == nil {
			d.inLoopSoon(func() { d.apiOpen = err })
		}
	}
}

func (d *Daemon) closeAgain(ctx context.Context, port uint16) error {
	closed, err := filter.Installed(ctx, port)
	if closed {
		return nil
	}
	if err == nil {
		d.log.Warn("the rule that closes the OSPF API was removed by somebody; closing it again", "port", port)
	}
	if err := filter.Install(ctx, port); err != nil {
		if errors.Is(err, filter.ErrNoProgram) && doctor.APIClosed(port) {
			return nil // as when srrd started
		}
		return err
	}
	return nil
}

// apiAlarms: the door is open.
func (d *Daemon) apiAlarms() []api.Alarm {
	if d.apiOpen == nil {
		return nil
	}
	return []api.Alarm{{
		Severity: api.Critical, Code: "ospf-api", Text: "the OSPF API may be open to other hosts: " + d.apiOpen.Error(), Advice: "srrctl doctor",
	}}
}
