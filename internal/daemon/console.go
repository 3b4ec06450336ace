package daemon

import (
	"context"
	"path/filepath"
	"time"

	"srr/internal/identity"
	"srr/internal/identity/enrol"
	"srr/internal/web"
)

// consoleRetry is the pause before the console's address is tried again: it may
// belong to an interface that is not up yet.
const consoleRetry = 2 * time.Second

// openConsole makes the console, if there is to be one.
func (d *Daemon) openConsole() {
	if !d.cfg.Console.Listen.IsValid() {
		return
	}
	ca := filepath.Join(d.cfg.Paths.PKI, identity.DirCA)
	o := web.Options{
		API: d.server, Backend: &backend{d}, Inspector: &inspector{d}, Surveyor: d.lsdb,
		Enrol: &enrol.Handler{Dir: ca, Log: d.log}, EnrolPath: enrol.Path,
		Renew:    &enrol.Renewer{Dir: ca, Node: d.identity.Node, Log: d.log},
		Lists:    d.identity.ServeLists,
		Identity: d.identity, Router: d.vty, Log: d.log,
	}
	if d.cfg.Console.Edit {
		o.Configurator = &configurator{d, d.cfg.Paths.State}
	}
	d.console = web.New(o)
}

// runConsole serves the console until ctx ends. Nothing else depends on it, so
// what keeps it from being served is told once and tried again.
func (d *Daemon) runConsole(ctx context.Context, address string) {
	if d.console == nil {
		return
	}
	told := false
	for {
		l, err := web.Listen(ctx, address)
		if err == nil {
			d.log.Info("the console is served", "to", address)
			told = false
			err = d.console.Serve(ctx, l)
		}
		if err != nil && ctx.Err() == nil && !told {
			d.log.Error("the console cannot be served; it is tried again", "to", address, "err", err)
			told = true
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(consoleRetry):
		}
	}
}
