package daemon

import (
	"context"
	"math/rand/v2"
	"time"

	"srr/internal/api"
	"srr/internal/ticks"
)

// listInterval is how often another node is asked what was revoked. What one
// knows, 64 know after some minutes.
const listInterval = time.Minute

// fetchLists keeps the list of what was revoked up to date from the other nodes:
// an operator revokes on one host only.
func (d *Daemon) fetchLists(ctx context.Context) {
	failed := false
	for range ticks.Every(ctx, listInterval) {
		n := d.anyConsole()
		if n == nil || !d.identity.Speaks() {
			continue
		}
		news, err := d.identity.Fetch(ctx, n.Name, n.Console)
		switch {
		case news:
			d.log.Warn("certificates were revoked", "node", n.Name)
		case err != nil && ctx.Err() == nil && !failed:
			d.log.Warn("cannot ask another node what was revoked", "node", n.Name, "err", err)
		}
		failed = err != nil
	}
}

// anyConsole picks one of the other nodes that can be asked; nil: there is none.
func (d *Daemon) anyConsole() *api.Node {
	for _, n := range d.consoles() {
		if !n.Self {
			return n
		}
	}
	return nil
}

// consoles are those of all nodes that can be asked, in a random order.
func (d *Daemon) consoles() (all []*api.Node) {
	s := d.snapshot.Load()
	if s == nil {
		return nil
	}
	for i := range s.Nodes {
		if n := &s.Nodes[i]; n.Name != "" && n.Console != "" && (n.Self || n.State == api.NodeUp) {
			all = append(all, n)
		}
	}
	rand.Shuffle(len(all), func(i, k int) { all[i], all[k] = all[k], all[i] })
	return all
}
