package lab

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"time"

	"github.com/vishvananda/netlink"
)

// WaitReady waits until the client has a route to the loopback of every node
// that has power, and every node one to the client's. With FRR's default timers
// a cold network takes about 50 s.
func (l *Lab) WaitReady(ctx context.Context) error {
	limit := 20 * time.Second
	if l.timers.Default {
		limit = 120 * time.Second
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	client := l.topo.Client()
	for i := range l.topo.Nodes {
		n := &l.topo.Nodes[i]
		if n == client || l.Off(n.Name) {
			continue
		}
		if err := l.WaitRoute(ctx, client.Name, n.RouterID); err != nil {
			return err
		}
		if err := l.WaitRoute(ctx, n.Name, client.RouterID); err != nil {
			return err
		}
	}
	for i := range l.topo.Nodes {
		if err := l.waitAdjacent(ctx, l.topo.Nodes[i].Name); err != nil {
			return err
		}
	}
	return nil
}

// waitAdjacent waits until no neighbor of a node is about to become Full, and
// BFD watches all of them.
func (l *Lab) waitAdjacent(ctx context.Context, node string) error {
	commands := []string{"show ip ospf neighbor"}
	if l.timers.BFD > 0 {
		commands = append(commands, "show bfd peers brief")
	}
	var last string
	for !l.Off(node) {
		// A vtysh that hangs is tried again.
		once, cancel := context.WithTimeout(ctx, 2*time.Second)
		out, err := l.Vtysh(once, node, commands...)
		cancel()
		if err == nil && !pending.MatchString(out) {
			return nil
		}
		if err != nil {
			out = err.Error() + "\n" + out
		}
		last = time.Now().Format(time.TimeOnly) + "\n" + out
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for the neighbors of %s: %w\n%s", node, ctx.Err(), last)
		case <-time.After(50 * time.Millisecond):
		}
	}
	return nil
}

// pending matches the states of neighbors and BFD sessions that do not last.
var pending = regexp.MustCompile(`ExStart|Exchange|Loading|Init| (down|init) *\n|Session count: 0`)

// complete matches the states in which a neighbor stays.
var complete = regexp.MustCompile(`Full/|2-Way/`)

// WaitNeighbors waits until OSPF on a node has so many neighbors on all its
// links together, and none on its way.
func (l *Lab) WaitNeighbors(ctx context.Context, node string, want int) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second+2*l.timers.Detect)
	defer cancel()
	for {
		out, err := l.Vtysh(ctx, node, "show ip ospf neighbor")
		if err == nil && len(complete.FindAllString(out, -1)) == want && !pending.MatchString(out) {
			return l.waitAdjacent(ctx, node)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for %d neighbors of %s: %w\n%s", want, node, ctx.Err(), out)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// WaitRoute waits until a node has a route to an address.
func (l *Lab) WaitRoute(ctx context.Context, node string, to netip.Addr) error {
	return l.withHandle(l.nodeName(node), func(h *netlink.Handle) error {
		for {
			if _, err := h.RouteGet(net.IP(to.AsSlice())); err == nil {
				return nil
			}
			select {
			case <-ctx.Done():
				return fmt.Errorf("wait for a route of %s to %s: %w", node, to, ctx.Err())
			case <-time.After(20 * time.Millisecond):
			}
		}
	})
}

// HasRoute reports whether a node has a route to an address.
func (l *Lab) HasRoute(node string, to netip.Addr) bool {
	err := l.withHandle(l.nodeName(node), func(h *netlink.Handle) error {
		_, err := h.RouteGet(net.IP(to.AsSlice()))
		return err
	})
	return err == nil
}

// AddAddress puts an address on the loopback of a node, or takes it away.
func (l *Lab) AddAddress(node string, addr netip.Addr, add bool) error {
	return l.SetAddresses(node, []netip.Addr{addr}, add)
}

// SetAddresses puts addresses on the loopback of a node in one go, or takes them away.
func (l *Lab) SetAddresses(node string, addrs []netip.Addr, add bool) error {
	return l.withHandle(l.nodeName(node), func(h *netlink.Handle) error {
		lo, err := h.LinkByName("lo")
		if err != nil {
			return err
		}
		set := h.AddrDel
		if add {
			set = h.AddrReplace
		}
		for _, a := range addrs {
			if err := set(lo, address(a.String()+"/32")); err != nil {
				return fmt.Errorf("set address %s of %s: %w", a, node, err)
			}
		}
		return nil
	})
}

// NextHop is where a node sends a packet that came in on one of its links.
func (l *Lab) NextHop(node string, to, from netip.Addr, link string) (via netip.Addr, err error) {
	err = l.withHandle(l.nodeName(node), func(h *netlink.Handle) error {
		routes, err := h.RouteGetWithOptions(net.IP(to.AsSlice()), &netlink.RouteGetOptions{
			Iif: link, SrcAddr: net.IP(from.AsSlice()),
		})
		if err != nil {
			return fmt.Errorf("look up route of %s to %s: %w", node, to, err)
		}
		if len(routes) != 1 || routes[0].Gw == nil {
			return fmt.Errorf("look up route of %s to %s: it has no gateway", node, to)
		}
		via, _ = netip.AddrFromSlice(routes[0].Gw.To4())
		return nil
	})
	return via, err
}
