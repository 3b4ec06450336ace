package daemon

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"srr/internal/agent"
	"srr/internal/config"
	"srr/internal/node"
	"srr/internal/service"
)

// probe looks for what runs of our services and which addresses are announced.
func (d *Daemon) probe(ctx context.Context) map[string]node.Found {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	present, err := d.routes.Present()
	if err != nil {
		d.log.Error("addresses could not be read: none is adopted", "err", err)
	}
	found := map[string]node.Found{}
	for i := range d.cfg.Services {
		s := &d.cfg.Services[i]
		f, err := d.agents.of(s.Name).Probe(ctx)
		if err != nil {
			d.log.Error("service could not be probed: it counts as running", "service", s.Name, "err", err)
			f = agent.Found{Running: true, Text: "probe failed: " + err.Error()}
		}
		nf := node.Found{Running: f.Running, Address: allPresent(s.Addresses, present), Text: f.Text}
		if nf.Running || nf.Address {
			found[s.Name] = nf
		}
	}
	return found
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
