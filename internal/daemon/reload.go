package daemon

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"

	"srr/internal/api"
	"srr/internal/config"
	"srr/internal/node"
	"srr/internal/service"
)

// use takes a configuration over as the present one.
func (d *Daemon) use(c *config.Config) {
	d.cfg = c
	d.byName = make(map[string]*config.Service, len(c.Services))
	for i := range c.Services {
		d.byName[c.Services[i].Name] = &c.Services[i]
	}
	d.inOrder = slices.SortedFunc(maps.Values(d.byName), func(a, b *config.Service) int {
		return cmp.Or(-cmp.Compare(a.Priority, b.Priority), cmp.Compare(a.Name, b.Name))
	})
}

// Reload is the reload of a signal.
func (d *Daemon) Reload(ctx context.Context) error {
	_, err := d.reload(ctx, false)
	return err
}

// reload reads the configuration again. It is taken over as a whole or not at
// all; pending keeps it until the services that block it are inactive.
func (d *Daemon) reload(ctx context.Context, pending bool) (api.Reply, error) {
	next, err := config.Load(d.opt.Config, Prober{})
	if err != nil {
		return api.Reply{}, &api.Refusal{Rule: "configuration", Text: "the new configuration has mistakes", List: problemList(err), Advice: "srrd check-config"}
	}
	type answer struct {
		reply api.Reply
		err   error
	}
	got := make(chan answer, 1)
	if err := d.inLoop(ctx, func() {
		reply, err := d.adopt(next, pending)
		got <- answer{reply, err}
	}); err != nil {
		return api.Reply{}, err
	}
	a := <-got
	return a.reply, a.err
}

// adopt compares and takes over; it runs in the loop.
func (d *Daemon) adopt(next *config.Config, pending bool) (api.Reply, error) {
	live, blocked := config.Diff(d.cfg, next, d.inactive)
	if len(blocked) > 0 {
		if slices.ContainsFunc(blocked, func(c config.Change) bool { return c.Service == "" }) {
			return api.Reply{}, &api.Refusal{ // to wait would be to wait for ever
				Rule: "start", Text: "some changes need another start of srrd; nothing was changed",
				List: changeList(blocked), Advice: "systemctl restart srrd hands services over; srrctl detach leaves them running",
			}
		}
		if pending {
			d.pending = next
			return api.Reply{Text: fmt.Sprintf("%d changes wait until their services are inactive", len(blocked)), Warnings: changeList(blocked)}, nil
		}
		return api.Reply{}, &api.Refusal{
			Rule: "active", Text: "some changes need an inactive service; nothing was changed",
			List: changeList(blocked), Advice: "srrctl deactivate SERVICE, or srrctl reload-config --pending",
		}
	}
	commit, err := d.prepare(next.Services)
	if err == nil {
		err = d.adoptIdentity(next)
	}
	if err != nil {
		return api.Reply{}, &api.Refusal{Rule: "configuration", Text: err.Error()}
	}
	commit()
	d.pending = nil
	was, had := d.cfg.Notify, prefixesOf(d.cfg)
	d.use(next)
	d.adoptNotices(was)
	d.reconfigure(had)
	return api.Reply{Text: fmt.Sprintf("%d changes are in force", len(live)), Warnings: changeList(live)}, nil
}

// reconfigure hands what is the present configuration now to the core, and to ospfd. Nothing
// starts before ospfd has been told of an address that it did not have.
func (d *Daemon) reconfigure(had []netip.Prefix) {
	if slices.ContainsFunc(prefixesOf(d.cfg), func(p netip.Prefix) bool { return !slices.Contains(had, p) }) {
		d.core.Step(d.now(), node.Ready{Pending: true})
	}
	d.core.Reconfigure(d.now(), d.options())
	d.applyHold()
	d.ensureRedistribution()
}

// prepare makes all that a configuration needs, and what takes it over: what
// fails on the way has changed nothing.
func (d *Daemon) prepare(services []config.Service) (commit func(), err error) {
	agents, err := d.agents.prepare(services)
	if err != nil {
		return nil, err
	}
	checkers, err := d.prepareCheckers(services, agents)
	return func() {
		d.agents.use(agents)
		d.checkers = checkers
	}, err
}

// retryPending takes over a waiting configuration as soon as nothing blocks it.
func (d *Daemon) retryPending() {
	if d.pending == nil {
		return
	}
	if _, blocked := config.Diff(d.cfg, d.pending, d.inactive); len(blocked) > 0 {
		return
	}
	if _, err := d.adopt(d.pending, false); err != nil {
		d.log.Error("a waiting configuration cannot be used", "err", err)
		d.pending = nil
	}
}

func (d *Daemon) inactive(name string) bool {
	s, ok := d.core.State(name)
	return !ok || s == service.Inactive || s == service.Disabled || s == service.Refused
}

func changeList(cs []config.Change) []string {
	out := make([]string, len(cs))
	for i, c := range cs {
		out[i] = c.String()
	}
	return out
}

func problemList(err error) []string {
	var ps config.Problems
	if !errors.As(err, &ps) {
		return []string{err.Error()}
	}
	out := make([]string, len(ps))
	for i := range ps {
		out[i] = ps[i].Error()
	}
	return out
}
