package lab

import (
	"fmt"
	"net/netip"
	"sync"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// RouteWatch waits for the loss of a route.
type RouteWatch struct {
	ns   netns.NsHandle
	done chan struct{}
	once sync.Once
}

// Close ends the watch.
func (w *RouteWatch) Close() {
	w.once.Do(func() { close(w.done); _ = w.ns.Close() })
}

// WatchRouteLoss calls lost, once, as soon as a node's kernel has lost its route to
// a host.
func (l *Lab) WatchRouteLoss(node string, to netip.Addr, lost func()) (*RouteWatch, error) {
	ns, err := netns.GetFromPath(l.NodeNamespace(node))
	if err != nil {
		return nil, fmt.Errorf("watch routes of %s: %w", node, err)
	}
	w := &RouteWatch{ns: ns, done: make(chan struct{})}
	updates := make(chan netlink.RouteUpdate, 100)
	if err := netlink.RouteSubscribeAt(ns, updates, w.done); err != nil {
		w.Close()
		return nil, fmt.Errorf("watch routes of %s: %w", node, err)
	}
	go func() {
		for u := range updates {
			if u.Type == unix.RTM_DELROUTE && u.Dst != nil && u.Dst.IP.String() == to.String() {
				lost()
				return
			}
		}
	}()
	return w, nil
}
