package lab

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/vishvananda/netlink"
	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"
)

// build makes everything that the state names.
func (l *Lab) build(ctx context.Context) error {
	if err := l.makeGroup("lab"); err != nil {
		return err
	}
	if err := l.copyPrograms(); err != nil {
		return err
	}
	for _, name := range l.state.Namespaces {
		if err := addNamespace(name); err != nil {
			return err
		}
	}
	for i := range l.topo.LANs {
		if lan := &l.topo.LANs[i]; !lan.PointToPoint() {
			if err := l.buildSwitch(lan); err != nil {
				return err
			}
		}
	}
	for i := range l.topo.Nodes {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := l.buildNode(&l.topo.Nodes[i]); err != nil {
			return err
		}
	}
	if err := l.startRelays(); err != nil {
		return err
	}
	return l.startAllFRR(ctx)
}

func (l *Lab) makeGroup(name string) error {
	dir := filepath.Join(l.state.Cgroup, name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make control group %s: %w", dir, err)
	}
	return nil
}

func (l *Lab) buildSwitch(lan *LAN) error {
	ns := l.switchName(lan.Name)
	if err := InNamespace(namespacePath(ns), quiet); err != nil {
		return err
	}
	return l.withHandle(ns, func(h *netlink.Handle) error {
		snooping := false
		br := &netlink.Bridge{LinkAttrs: netlink.LinkAttrs{Name: "lan"}, MulticastSnooping: &snooping}
		if err := h.LinkAdd(br); err != nil {
			return fmt.Errorf("add bridge of LAN %s: %w", lan.Name, err)
		}
		return h.LinkSetUp(br)
	})
}

// quiet turns off IPv6, whose chatter the labs do not need.
func quiet() error {
	return sysctl(map[string]string{
		"net.ipv6.conf.all.disable_ipv6": "1", "net.ipv6.conf.default.disable_ipv6": "1",
	})
}

func (l *Lab) buildNode(n *Node) error {
	forward := "0"
	if n.Kind == Router {
		forward = "1"
	}
	err := InNamespace(l.NodeNamespace(n.Name), func() error {
		if err := quiet(); err != nil {
			return err
		}
		// Loose about source addresses, strict about who answers ARP: n1 has
		// two links to one LAN.
		return sysctl(map[string]string{
			"net.ipv4.conf.all.rp_filter": "0", "net.ipv4.conf.default.rp_filter": "0",
			"net.ipv4.conf.all.arp_ignore": "1", "net.ipv4.conf.all.arp_announce": "2",
			"net.ipv4.conf.all.send_redirects": "0", "net.ipv4.conf.default.send_redirects": "0",
			"net.ipv4.conf.all.accept_redirects": "0", "net.ipv4.conf.default.accept_redirects": "0",
			"net.ipv4.ip_forward": forward, "net.ipv4.ping_group_range": "0 2147483647",
		})
	})
	if err != nil {
		return fmt.Errorf("set up node %s: %w", n.Name, err)
	}
	err = l.withHandle(l.nodeName(n.Name), func(h *netlink.Handle) error {
		lo, err := h.LinkByName("lo")
		if err != nil {
			return err
		}
		if err := h.LinkSetUp(lo); err != nil {
			return err
		}
		return h.AddrAdd(lo, address(n.RouterID.String()+"/32"))
	})
	if err != nil {
		return fmt.Errorf("set up loopback of %s: %w", n.Name, err)
	}
	for i := range n.Links {
		if err := l.attach(n, &n.Links[i]); err != nil {
			return fmt.Errorf("attach %s to %s: %w", n.Name, n.Links[i].LAN, err)
		}
	}
	return l.startHolder(n)
}

func address(s string) *netlink.Addr {
	a, err := netlink.ParseAddr(s)
	if err != nil {
		panic("lab: " + err.Error()) // addresses are constants of the topologies
	}
	return a
}

// attach gives a node one of its links: a port of the LAN's switch, or the end
// of a relayed link.
func (l *Lab) attach(n *Node, link *Link) error {
	if l.topo.lan(link.LAN).PointToPoint() {
		if err := l.addTap(n, link); err != nil {
			return err
		}
	} else if err := l.addPort(n, link); err != nil {
		return err
	}
	return l.withHandle(l.nodeName(n.Name), func(h *netlink.Handle) error {
		dev, err := h.LinkByName(link.Name)
		if err != nil {
			return err
		}
		if err := h.AddrAdd(dev, address(link.Addr.String())); err != nil {
			return err
		}
		return h.LinkSetUp(dev)
	})
}

// portName is the switch's end of a link.
func portName(n *Node, link *Link) string { return n.Name + "." + link.Name }

func (l *Lab) addPort(n *Node, link *Link) error {
	sw := l.switchName(link.LAN)
	node, nodeFD, err := l.handle(l.nodeName(n.Name))
	if err != nil {
		return err
	}
	defer func() { node.Close(); _ = nodeFD.Close() }()
	return l.withHandle(sw, func(h *netlink.Handle) error {
		br, err := h.LinkByName("lan")
		if err != nil {
			return err
		}
		veth := &netlink.Veth{
			LinkAttrs: netlink.LinkAttrs{Name: portName(n, link), MasterIndex: br.Attrs().Index},
			PeerName:  link.Name, PeerNamespace: netlink.NsFd(int(nodeFD)),
		}
		if err := h.LinkAdd(veth); err != nil {
			return fmt.Errorf("add port: %w", err)
		}
		return h.LinkSetUp(veth)
	})
}

func (l *Lab) addTap(n *Node, link *Link) error {
	return InNamespace(l.NodeNamespace(n.Name), func() error {
		tap := &netlink.Tuntap{
			LinkAttrs: netlink.LinkAttrs{Name: link.Name}, Mode: netlink.TUNTAP_MODE_TAP,
			Flags: netlink.TUNTAP_NO_PI | unix.IFF_TAP,
		}
		if err := netlink.LinkAdd(tap); err != nil {
			return fmt.Errorf("add tap: %w", err)
		}
		return nil
	})
}

func (l *Lab) startAllFRR(ctx context.Context) error {
	g, _ := errgroup.WithContext(ctx)
	g.SetLimit(4)
	for i := range l.topo.Nodes {
		n := &l.topo.Nodes[i]
		g.Go(func() error { return l.startFRR(n) })
	}
	return g.Wait()
}
