package daemon

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"time"

	"srr/internal/agent"
	"srr/internal/config"
	"srr/internal/node"
	"srr/internal/service"
)

// Bounds on the probes at start-up: the addresses of the last run live for
// five seconds, and the services that go with them should be adopted before.
const (
	probeAtOnce  = 32
	probeTimeout = 3 * time.Second
)

// probe looks for what runs of our services and which addresses are announced.
func (d *Daemon) probe(ctx context.Context, saved map[string]node.Saved) map[string]node.Found {
	present, err := d.routes.Present()
	if err != nil {
		d.log.Error("addresses could not be read: none is adopted", "err", err)
	}
	var mu sync.Mutex
	var wg sync.WaitGroup
	found := map[string]node.Found{}
	slots := make(chan struct{}, probeAtOnce)
	for i := range d.cfg.Services {
		s := &d.cfg.Services[i]
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			f := d.probeOne(ctx, s, node.WasStarted(saved, s.Name, d.boot))
			nf := node.Found{Running: f.Running, Address: allPresent(s.Addresses, present), Text: f.Text}
			if nf.Running || nf.Address {
				mu.Lock()
				defer mu.Unlock()
				found[s.Name] = nf
			}
		})
	}
	wg.Wait()
	return found
}

// probeOne asks the agent. Of a service that was started and has no processes,
// such as a mount, only its own check can say whether it is there.
func (d *Daemon) probeOne(ctx context.Context, s *config.Service, started bool) agent.Found {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	a := d.agents.of(s.Name)
	f, err := a.Probe(ctx)
	if err != nil {
		d.log.Error("service could not be probed: it counts as running", "service", s.Name, "err", err)
		return agent.Found{Running: true, Text: "probe failed: " + err.Error()}
	}
	if f.Running || !started || !s.Primitives[service.Check] {
		return f
	}
	req := d.checkRequest(s)()
	req.Timeout = probeTimeout
	if r := a.Call(ctx, req); r.Outcome == service.OK {
		return agent.Found{Running: true, Text: "its check says that it is there"}
	}
	return f
}

func allPresent(addrs, present []netip.Addr) bool {
	for _, a := range addrs {
		if !slices.Contains(present, a) {
			return false
		}
	}
	return len(addrs) > 0
}

func specs(c *config.Config) []service.Spec {
	ss := make([]service.Spec, len(c.Services))
	for i := range c.Services {
		ss[i] = c.Services[i].Spec
	}
	return ss
}

// decodeSaved reads what the core saved. A value that cannot be read is left
// out, and reported.
func decodeSaved(values map[string]json.RawMessage) (map[string]node.Saved, error) {
	saved := make(map[string]node.Saved, len(values))
	var errs []error
	for k, v := range values {
		var s node.Saved
		if err := json.Unmarshal(v, &s); err != nil {
			errs = append(errs, fmt.Errorf("read saved %s: %w", k, err))
			continue
		}
		saved[k] = s
	}
	return saved, errors.Join(errs...)
}
