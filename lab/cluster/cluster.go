package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"srr/internal/api"
	"srr/internal/api/client"
	"srr/lab"
)

// Cluster is srrd on the hosts of a lab.
type Cluster struct {
	lab    *lab.Lab
	config Config
}

// Start configures srrd on every host that has a service and starts it. It
// forgets what an earlier cluster on this lab had persisted.
func Start(l *lab.Lab, c Config) (*Cluster, error) {
	if _, err := os.Stat(c.Binary); err != nil {
		return nil, fmt.Errorf("start cluster: %w; build it first", err)
	}
	k := &Cluster{lab: l, config: c}
	for _, host := range c.hosts() {
		state := l.Path(host, "state")
		if err := errors.Join(os.RemoveAll(state), os.MkdirAll(state, 0o700)); err != nil {
			return nil, fmt.Errorf("start cluster: %w", err)
		}
		path, err := c.write(l, host)
		if err != nil {
			return nil, err
		}
		d := lab.Daemon{
			Argv: []string{c.Binary, "--config", path}, Restart: c.Restart,
			StopPost: []string{c.Binary, "cleanup", "--config", path},
		}
		if err := l.StartDaemon(host, d); err != nil {
			return nil, err
		}
	}
	return k, nil
}

// Stop ends srrd on all hosts.
func (k *Cluster) Stop() error {
	var errs []error
	for _, host := range k.config.hosts() {
		if !k.lab.Off(host) {
			errs = append(errs, k.lab.StopDaemon(host))
		}
	}
	return errors.Join(errs...)
}

// Client talks to srrd on a host. The host's /run is a directory of the lab.
func (k *Cluster) Client(host string) *client.Client {
	return client.New(k.lab.Path(host, "run/srr/srrd.sock"))
}

// Snapshot is the cluster as one host sees it.
func (k *Cluster) Snapshot(ctx context.Context, host string) (api.Snapshot, error) {
	c := k.Client(host)
	defer c.Close()
	return c.Snapshot(ctx)
}

// Instance is what a host says of its own instance of a service. nil: nothing.
func (k *Cluster) Instance(ctx context.Context, host, service string) *api.Instance {
	s, err := k.Snapshot(ctx, host)
	if err != nil {
		return nil
	}
	svc, err := s.FindService(service)
	if err != nil {
		return nil
	}
	for i := range svc.Instances {
		if svc.Instances[i].RouterID == s.RouterID {
			return &svc.Instances[i]
		}
	}
	return nil
}

// Live are the hosts that have power.
func (k *Cluster) Live() []string {
	return slices.DeleteFunc(k.config.hosts(), k.lab.Off)
}

// started lists the services that a host itself says it runs and announces.
func started(s *api.Snapshot) map[string]bool {
	out := map[string]bool{}
	for i := range s.Services {
		for _, inst := range s.Services[i].Instances {
			if inst.RouterID == s.RouterID && inst.State == "active/started" && announced(&inst) {
				out[s.Services[i].Name] = true
			}
		}
	}
	return out
}

// announced reports whether all addresses of an instance are.
func announced(i *api.Instance) bool {
	return !slices.ContainsFunc(i.Addresses, func(a api.Address) bool { return !a.Announced })
}

// Holder is the host that runs a service, by its own word. "": none.
func (k *Cluster) Holder(ctx context.Context, service string) string {
	for _, host := range k.Live() {
		if s, err := k.Snapshot(ctx, host); err == nil && started(&s)[service] {
			return host
		}
	}
	return ""
}

// Settled waits until all hosts with power see each other, may start services,
// and every service runs on exactly one of them.
func (k *Cluster) Settled(ctx context.Context) error {
	return k.wait(ctx, "a settled cluster", k.unsettled)
}

// unsettled says what is not settled yet. "": nothing.
func (k *Cluster) unsettled(ctx context.Context) string {
	runs := map[string]int{}
	live := k.Live()
	for _, host := range live {
		s, err := k.Snapshot(ctx, host)
		if err != nil {
			return err.Error()
		}
		if s.Gate.State != api.GateOpen {
			return fmt.Sprintf("%s: %s: %s", host, s.Gate.State, strings.Join(s.Gate.Reasons, "; "))
		}
		up := 0
		for _, n := range s.Nodes {
			if n.State == api.NodeUp {
				up++
			}
		}
		if up != len(live) {
			return fmt.Sprintf("%s sees %d of %d nodes", host, up, len(live))
		}
		for name := range started(&s) {
			runs[name]++
		}
	}
	for _, s := range k.config.Services {
		if runs[s.Name] != 1 {
			return fmt.Sprintf("%s runs on %d nodes", s.Name, runs[s.Name])
		}
	}
	return ""
}

// WaitOn waits until a host runs a service.
func (k *Cluster) WaitOn(ctx context.Context, service, host string) error {
	return k.wait(ctx, service+" on "+host, func(ctx context.Context) string {
		if on := k.Holder(ctx, service); on != host {
			return fmt.Sprintf("it is on %q", on)
		}
		return ""
	})
}

// Move asks for a unit to run on a host, and does not wait for it. Whoever
// answers passes it on.
func (k *Cluster) Move(ctx context.Context, unit, host string) error {
	c := k.Client(host)
	defer c.Close()
	_, err := c.Do(ctx, api.Request{Verb: api.Move, Unit: unit, Node: host})
	return err
}

// MoveAndWait moves a unit, of which one service is given, and waits for it.
func (k *Cluster) MoveAndWait(ctx context.Context, unit, service, host string) error {
	if err := k.Move(ctx, unit, host); err != nil {
		return err
	}
	return k.WaitOn(ctx, service, host)
}

// wait polls until nothing is missing. The error tells what was, at last, and
// what the daemons wrote.
func (k *Cluster) wait(ctx context.Context, what string, missing func(context.Context) string) error {
	ctx, cancel := context.WithTimeout(ctx, k.patience())
	defer cancel()
	for {
		text := missing(ctx)
		if text == "" {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for %s: %s: %w (see %s)", what, text, context.Cause(ctx), k.logs())
		case <-time.After(25 * time.Millisecond):
		}
	}
}

func (k *Cluster) patience() time.Duration {
	return 60*time.Second + 3*k.lab.Timers().Detect
}

// logs names the files with what srrd wrote.
func (k *Cluster) logs() string {
	return filepath.Join(lab.StateRoot, k.lab.Prefix(), "*/log")
}

// WaitElsewhere waits until another host than this one runs a service.
func (k *Cluster) WaitElsewhere(ctx context.Context, service, host string) error {
	return k.wait(ctx, service+" elsewhere than on "+host, func(ctx context.Context) string {
		for _, h := range k.Live() {
			if s, err := k.Snapshot(ctx, h); err == nil && h != host && started(&s)[service] {
				return ""
			}
		}
		return "nobody else runs it"
	})
}
