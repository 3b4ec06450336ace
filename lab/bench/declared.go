package bench

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"srr/internal/frr/ospfapi"
	"srr/internal/routerid"
	"srr/lab"
)

// declaration waits for the ospfd of a host to say that it has no way to a router
// any more.
type declaration struct {
	client *ospfapi.Client
	ns     atomic.Int64 // since 1970; 0: not yet
}

func awaitDeclaration(ctx context.Context, l *lab.Lab, host, router string) (*declaration, error) {
	n, err := l.Topology().Node(router)
	if err != nil {
		return nil, err
	}
	id, d := routerid.FromAddr(n.RouterID), &declaration{}
	heard := func(n ospfapi.Notification) {
		if r, ok := n.(ospfapi.ReachableChange); ok && slices.Contains(r.Remove, id) {
			d.ns.CompareAndSwap(0, time.Now().UnixNano())
		}
	}
	err = lab.InNamespace(l.NodeNamespace(host), func() (err error) {
		d.client, err = ospfapi.Dial(ctx, ospfapi.Options{}, heard)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("listen to the ospfd of %s: %w", host, err)
	}
	return d, nil
}

// at is when it was said; zero: not yet.
func (d *declaration) at() time.Time {
	if ns := d.ns.Load(); ns != 0 {
		return time.Unix(0, ns)
	}
	return time.Time{}
}

func (d *declaration) close() {
	if d != nil {
		_ = d.client.Close()
	}
}
