package daemon

import (
	"context"
	"fmt"
	"strings"
	"time"

	"srr/internal/agent"
	"srr/internal/api"
	"srr/internal/config"
	"srr/internal/frr/doctor"
	"srr/internal/routing/address"
	"srr/internal/service"
)

// inspector looks at what surrounds the core.
type inspector struct{ d *Daemon }

// LSDB reads the browser's database.
func (i *inspector) LSDB(ctx context.Context, q api.LSDBQuery) ([]api.LSA, error) {
	return i.d.lsdb.query(ctx, q)
}

// Doctor examines the router.
func (i *inspector) Doctor(ctx context.Context) ([]api.Check, error) {
	var e doctor.Expect
	if err := i.d.inLoop(ctx, func() { e = i.d.expected() }); err != nil {
		return nil, err
	}
	report := doctor.Check(doctor.Read(ctx, i.d.vty, e), e)
	second, err := i.reachability(ctx)
	if err != nil {
		return nil, err
	}
	report.Findings = append(report.Findings, second)
	out := make([]api.Check, len(report.Findings))
	for k, f := range report.Findings {
		out[k] = findingView(f)
	}
	return out, nil
}

func (d *Daemon) expected() doctor.Expect {
	arrival := d.cfg.Routing.MinArrival
	e := doctor.Expect{RouterID: d.cfg.RouterID, Scopes: scoped(d.cfg), MinArrival: arrival, Hold: address.HoldFor(arrival)}
	for i := range d.cfg.Services {
		s := &d.cfg.Services[i]
		e.Services = append(e.Services, s.Addresses...)
		if s.Agent.Kind == config.AgentUnit {
			e.Units = append(e.Units, s.Agent.Unit)
		}
	}
	return e
}

var levelWords = map[doctor.Level]string{
	doctor.OK: api.CheckOK, doctor.Warn: api.CheckAdvice, doctor.Fail: api.CheckBad, doctor.Unknown: api.CheckUnknown,
}

func findingView(f doctor.Finding) api.Check {
	name := f.Name
	if f.On != "" {
		name += " " + f.On
	}
	return api.Check{Name: name, Result: levelWords[f.Level], Found: f.Is, Want: f.Want, Gain: f.Gain, Fix: strings.Join(f.Lines, "\n")}
}

// Outputs returns what primitives printed.
func (i *inspector) Outputs(ctx context.Context, name, primitive string) ([]api.Output, error) {
	if err := i.known(ctx, name); err != nil {
		return nil, err
	}
	var out []api.Output
	for _, o := range i.d.runner.Outputs(name) {
		if primitive != "" && o.Primitive.String() != primitive {
			continue
		}
		v := api.Output{Service: name, Primitive: o.Primitive.String(), At: o.At, Output: string(o.Stdout) + string(o.Stderr)}
		i.d.outcomes.complete(&v)
		out = append(out, v)
	}
	return out, nil
}

func (i *inspector) known(ctx context.Context, name string) error {
	ok := false
	if err := i.d.inLoop(ctx, func() { ok = i.d.byName[name] != nil }); err != nil {
		return err
	}
	if !ok {
		return fmt.Errorf("service %q is not configured on this node: %w", name, api.ErrNotFound)
	}
	return nil
}

// Status calls the primitive `status` now, beside whatever else runs.
func (i *inspector) Status(ctx context.Context, name string) (api.Output, error) {
	var req agent.Request
	var has bool
	if err := i.d.inLoop(ctx, func() {
		if s := i.d.byName[name]; s != nil {
			has = s.Primitives[service.Status] || s.Agent.Kind == config.AgentUnit
			req = agent.Request{
				Service: name, Primitive: service.Status, Timeout: max(s.Timeout[service.Status], 10*time.Second),
				Env: agent.Env{Addresses: s.Addresses, Node: i.d.cfg.Name, RouterID: i.d.cfg.RouterID.String(), Group: s.Group, Reason: "operator", Peers: i.d.core.Partners(name)},
			}
		}
	}); err != nil {
		return api.Output{}, err
	}
	if req.Service == "" || !has {
		return api.Output{}, fmt.Errorf("service %q has no primitive status here: %w", name, api.ErrNotFound)
	}
	start := time.Now()
	r := i.d.agents.of(name).Call(ctx, req)
	v := api.Output{Service: name, Primitive: "status", At: time.Now(), TookSeconds: time.Since(start).Seconds(), Outcome: r.Outcome.String(), Code: r.Code, Text: r.Text}
	for _, o := range i.d.runner.Outputs(name) {
		if o.Primitive == service.Status {
			v.Output = string(o.Stdout) + string(o.Stderr)
		}
	}
	return v, nil
}
