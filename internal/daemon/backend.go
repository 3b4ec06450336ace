package daemon

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"

	"srr/internal/api"
	"srr/internal/config"
	"srr/internal/journal"
	"srr/internal/node"
	"srr/internal/service"
)

// backend answers the API. Its methods run on the API's goroutines and reach
// the core only through the loop.
type backend struct{ d *Daemon }

func (b *backend) Snapshot() api.Snapshot { return *b.d.snapshot.Load() }

// inLoop runs f in the loop and waits for it, as long as ctx lasts.
func (d *Daemon) inLoop(ctx context.Context, f func()) error {
	done := make(chan struct{})
	select {
	case d.requests <- func() { f(); close(done) }:
	case <-d.ended:
		return errors.New("ask the daemon: it is ending")
	case <-ctx.Done():
		return fmt.Errorf("ask the daemon: %w", ctx.Err())
	}
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("ask the daemon: %w", ctx.Err())
	}
}

var nodeVerbs = map[api.Verb]node.Verb{
	api.Activate: node.Activate, api.Deactivate: node.Deactivate, api.Enable: node.Enable, api.Disable: node.Disable,
	api.Start: node.Start, api.Move: node.Move, api.Unmove: node.Unmove, api.Stop: node.Stop, api.Run: node.Run,
	api.Restart: node.Restart, api.Reload: node.Reload, api.CheckNow: node.Check, api.Clear: node.Clear,
	api.ConfirmStopped: node.ConfirmedStopped, api.Drain: node.Drain, api.Undrain: node.Undrain,
	api.Detach: node.Detach, api.Shutdown: node.Shutdown,
}

// Do carries out a command.
func (b *backend) Do(ctx context.Context, c api.Command) (api.Reply, error) {
	if c.Verb == api.ReloadConfig {
		return b.d.reload(ctx, c.Pending)
	}
	type answer struct {
		text string
		err  error
	}
	got := make(chan answer, 1)
	if err := b.d.inLoop(ctx, func() {
		text, err := b.d.command(c)
		got <- answer{text, err}
	}); err != nil {
		return api.Reply{}, err
	}
	a := <-got
	return api.Reply{Text: a.text}, apiError(a.err)
}

// command hands an operator's command to the core; it runs in the loop.
func (d *Daemon) command(c api.Command) (string, error) {
	nc := node.Command{
		Verb: nodeVerbs[c.Verb], Subject: c.Service, Unit: c.Unit, Node: c.Node, Until: c.Until,
		Author: c.Author, Reason: c.Reason, Stop: c.StopRest,
	}
	if c.Verb == api.Maintenance {
		nc.Verb = node.MaintenanceOff
		if c.On {
			nc.Verb = node.MaintenanceOn
		}
	}
	text, err := d.core.Command(d.now(), nc)
	if err == nil {
		d.detaching = d.detaching || c.Verb == api.Detach
		d.shutdown = d.shutdown || c.Verb == api.Shutdown
	}
	return text, err
}

// apiError translates what the core answers.
func apiError(err error) error {
	switch {
	case errors.Is(err, node.ErrRefused):
		return &api.Refusal{Rule: "rule", Text: strings.TrimPrefix(err.Error(), "refused: ")}
	case errors.Is(err, node.ErrUnknown):
		return fmt.Errorf("%w: %w", err, api.ErrNotFound)
	}
	return err
}

// Explain asks the core why a unit is where it is.
func (b *backend) Explain(ctx context.Context, u service.Unit) (api.Explain, error) {
	type answer struct {
		e  node.Explanation
		ok bool
	}
	got := make(chan answer, 1)
	if err := b.d.inLoop(ctx, func() {
		e, ok := b.d.core.Explain(b.d.now(), u)
		got <- answer{e, ok}
	}); err != nil {
		return api.Explain{}, err
	}
	a := <-got
	if !a.ok {
		return api.Explain{}, fmt.Errorf("%s is not configured on this node; ask a node that has it: %w", u, api.ErrNotFound)
	}
	return explainView(b.Snapshot(), a.e), nil
}

// Events reads the journal.
func (b *backend) Events(ctx context.Context, q api.EventQuery) iter.Seq2[api.Event, error] {
	return func(yield func(api.Event, error) bool) {
		for e, err := range b.d.events.Events(ctx, journal.Query(q)) {
			if !yield(api.Event(e), err) {
				return
			}
		}
	}
}

// agentWord names what carries out the primitives of a service.
func (d *Daemon) agentWord(name string) string {
	s := d.byName[name]
	if s == nil {
		return ""
	}
	switch s.Agent.Kind {
	case config.AgentMake, config.AgentExec:
		return string(s.Agent.Kind) + " " + s.Agent.Path
	case config.AgentRun:
		return "run " + s.Agent.Args[0]
	case config.AgentUnit:
		return "unit " + s.Agent.Unit
	}
	return "none"
}
