package daemon

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"strconv"
	"time"

	"srr/internal/agent"
	"srr/internal/agent/process"
	"srr/internal/agent/trust"
	"srr/internal/checking"
	"srr/internal/checking/dnscheck"
	"srr/internal/config"
	"srr/internal/node"
	"srr/internal/service"
)

// applyChecks runs the checks of what is started, and asks for the immediate
// ones.
func (d *Daemon) applyChecks(o node.Output) {
	wanted := make(map[string]checking.Config, len(o.Checks))
	for name, w := range o.Checks {
		if c := d.checkers.byName[name]; c != nil {
			s := d.byName[name]
			wanted[name] = checking.Config{Check: c, Interval: checkEvery(s, w.Every), Timeout: s.Check.Timeout, Fall: s.Check.Fall, Rise: s.Check.Rise}
		}
	}
	d.checks.Set(wanted)
	asked := map[string]uint64{}
	for name, w := range o.Checks {
		if was, ok := d.applied.checkNow[name]; ok && was != w.Now {
			d.checks.Now(name)
		}
		asked[name] = w.Now
	}
	d.applied.checkNow = asked
}

func checkEvery(s *config.Service, every time.Duration) time.Duration {
	if every != 0 {
		return every
	}
	return s.CheckInterval
}

// checkerSet is the checks of one configuration.
type checkerSet struct {
	byName map[string]checking.Check
	specs  map[string]string // what each was made from
}

// prepareCheckers builds the checks of all services, which changes nothing yet. An
// unchanged definition keeps its check, because another pointer is another check
// to the scheduler.
func (d *Daemon) prepareCheckers(services []config.Service, agents agentSet) (checkerSet, error) {
	next := checkerSet{map[string]checking.Check{}, map[string]string{}}
	for i := range services {
		s := &services[i]
		spec := fmt.Sprintf("%+v %v %v %s", s.Check, s.Agent, s.Addresses, s.Group)
		if old := d.checkers.byName[s.Name]; old != nil && d.checkers.specs[s.Name] == spec {
			next.byName[s.Name], next.specs[s.Name] = old, spec
			continue
		}
		c, err := d.makeChecker(s, agents.byName[s.Name])
		if err != nil {
			return next, fmt.Errorf("make the check of %s: %w", s.Name, err)
		}
		if c != nil {
			next.byName[s.Name], next.specs[s.Name] = c, spec
		}
	}
	return next, nil
}

func (d *Daemon) makeChecker(s *config.Service, own agent.Agent) (checking.Check, error) {
	c := &s.Check
	switch c.Kind {
	case config.CheckNone:
		return nil, nil
	case config.CheckPrimitive:
		return &checking.Primitive{Caller: own, Request: d.checkRequest(s)}, nil
	case config.CheckCommand:
		host, err := process.New(d.agents.host, s.Name, "")
		if err != nil {
			return nil, err
		}
		bound := process.Bound{Service: host, Command: process.Command{Argv: c.Command, Recall75: true}}
		return &checking.Primitive{Caller: command{bound, trust.NewLook(trust.Program, c.Command[0])}, Request: d.checkRequest(s)}, nil
	}
	all := &checking.All{}
	for _, t := range c.Targets {
		one, err := networkCheck(c, t)
		if err != nil {
			return nil, err
		}
		all.Checks = append(all.Checks, one)
	}
	if len(all.Checks) == 1 {
		return all.Checks[0], nil
	}
	return all, nil
}

// command is a check by a program, which is looked at before each call, as an agent's is.
type command struct {
	bound process.Bound
	look  *trust.Look
}

// Call implements checking.Caller.
func (c command) Call(ctx context.Context, req agent.Request) service.Result {
	if err := c.look.Within(ctx, req.Timeout); err != nil {
		return process.CannotRun(err)
	}
	return c.bound.Call(ctx, req)
}

// checkRequest makes the request of a check that calls a program. It runs on
// the scheduler's goroutines and uses only what never changes.
func (d *Daemon) checkRequest(s *config.Service) func() agent.Request {
	env := agent.Env{Addresses: s.Addresses, Node: d.cfg.Name, RouterID: d.cfg.RouterID.String(), Group: s.Group, Reason: "check"}
	name := s.Name
	return func() agent.Request {
		return agent.Request{Service: name, Primitive: service.Check, Env: env}
	}
}

func networkCheck(c *config.CheckSpec, t netip.AddrPort) (checking.Check, error) {
	switch c.Kind {
	case config.CheckTCP:
		return &checking.TCP{Target: t.String()}, nil
	case config.CheckICMP:
		return &checking.ICMP{Target: t.Addr()}, nil
	case config.CheckDNS:
		return &dnscheck.Check{Server: t.String(), Name: c.DNS.Name, Type: c.DNS.Type, Expect: c.DNS.Expect}, nil
	case config.CheckHTTP:
		return httpCheck(&c.HTTP, t)
	}
	return nil, fmt.Errorf("unknown kind %q", c.Kind)
}

func httpCheck(h *config.HTTPSpec, t netip.AddrPort) (checking.Check, error) {
	scheme := "http"
	if h.TLS {
		scheme = "https"
	}
	c := &checking.HTTP{
		URL:  scheme + "://" + net.JoinHostPort(t.Addr().String(), strconv.Itoa(int(t.Port()))) + h.Path,
		Host: h.Host, Insecure: h.SkipVerify, Follow: h.Follow,
	}
	if h.StatusMin != 0 {
		c.Status = []checking.StatusRange{{From: h.StatusMin, To: h.StatusMax}}
	}
	if h.Body != "" {
		re, err := regexp.Compile(h.Body)
		if err != nil {
			return nil, err
		}
		c.Body = re
	}
	return c, nil
}

// checked hands the report of a check to the loop.
func (d *Daemon) checked(r checking.Report) {
	d.checkRuns.keep(r)
	d.send(node.Checked{Service: r.Service, Health: r.Health, Last: r.Last.Health, Text: r.Text})
}
