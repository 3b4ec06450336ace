package lab

import (
	"errors"
	"fmt"
	"syscall"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// Off reports whether a node is without power.
func (l *Lab) Off(node string) bool {
	l.store.mu.Lock()
	defer l.store.mu.Unlock()
	return l.state.Off[node]
}

// PowerOff takes a node from the network at once, with the carrier still up at
// the other ends, and kills everything that ran on it. What the kernel of a
// real machine would have forgotten is removed afterwards, unseen by others.
func (l *Lab) PowerOff(node string) error {
	n, err := l.topo.Node(node)
	if err != nil {
		return err
	}
	if err := l.cut(n, true); err != nil {
		return err
	}
	if err := killGroup(l.state.Cgroup + "/" + node); err != nil {
		return err
	}
	if err := l.update(func(st *State) { st.Off[node] = true }); err != nil {
		return err
	}
	return l.forget(n)
}

// PowerOn boots a node again: a new boot ID, an empty /run, FRR, and srrd if it
// ran there.
func (l *Lab) PowerOn(node string) error {
	n, err := l.topo.Node(node)
	if err != nil {
		return err
	}
	if !l.Off(node) {
		return fmt.Errorf("power on %s: it has power", node)
	}
	if err := errors.Join(l.newBootID(n), l.makeRunDir(n), l.cut(n, false)); err != nil {
		return err
	}
	if err := l.update(func(st *State) { delete(st.Off, node) }); err != nil {
		return err
	}
	if err := l.startFRR(n); err != nil {
		return err
	}
	l.store.mu.Lock()
	d, ok := l.state.Daemons[node]
	l.store.mu.Unlock()
	if !ok {
		return nil
	}
	return l.StartDaemon(node, d)
}

// cut drops everything on all links of a node, silently, or ends that.
func (l *Lab) cut(n *Node, off bool) error {
	var errs []error
	for i := range n.Links {
		link := &n.Links[i]
		switch {
		case l.topo.lan(link.LAN).PointToPoint():
			// The relay hides the state of one end from the other.
			errs = append(errs, l.setLink(l.nodeName(n.Name), link.Name, !off))
		case off:
			errs = append(errs, setPortState(namespacePath(l.switchName(link.LAN)), portName(n, link), portDisabled))
		default:
			errs = append(errs, setPortState(namespacePath(l.switchName(link.LAN)), portName(n, link), portForwarding))
		}
	}
	return errors.Join(errs...)
}

// SetLink takes the carrier from one link of a node, at both ends, or gives it back.
func (l *Lab) SetLink(node, name string, up bool) error {
	n, err := l.topo.Node(node)
	if err != nil {
		return err
	}
	link, err := n.Link(name)
	if err != nil {
		return err
	}
	if !l.topo.lan(link.LAN).PointToPoint() {
		return l.setLink(l.switchName(link.LAN), portName(n, link), up)
	}
	for _, end := range l.ends(link.LAN) {
		if err := l.setLink(l.nodeName(end.node.Name), end.link.Name, up); err != nil {
			return err
		}
	}
	return nil
}

// Drop silently drops everything on one link of a node, or ends that.
func (l *Lab) Drop(node, name string, drop bool) error {
	n, err := l.topo.Node(node)
	if err != nil {
		return err
	}
	link, err := n.Link(name)
	if err != nil {
		return err
	}
	one := *n
	one.Links = []Link{*link}
	return l.cut(&one, drop)
}

func (l *Lab) setLink(ns, name string, up bool) error {
	return l.withHandle(ns, func(h *netlink.Handle) error {
		link, err := h.LinkByName(name)
		if err != nil {
			return fmt.Errorf("find link %s: %w", name, err)
		}
		if up {
			return h.LinkSetUp(link)
		}
		return h.LinkSetDown(link)
	})
}

// Partition splits a LAN: the nodes named are cut from all others on it, but
// not from each other as long as they are alone; it drops their ports. Healed
// with heal.
func (l *Lab) Partition(lan string, heal bool, nodes ...string) error {
	for _, name := range nodes {
		n, err := l.topo.Node(name)
		if err != nil {
			return err
		}
		one := *n
		one.Links = nil
		for _, link := range n.Links {
			if link.LAN == lan {
				one.Links = append(one.Links, link)
			}
		}
		if len(one.Links) == 0 {
			return fmt.Errorf("cut %s from LAN %s: it is not on it", name, lan)
		}
		if err := l.cut(&one, !heal); err != nil {
			return err
		}
	}
	return nil
}

// Signal sends a signal to a process of a node by its name: zebra, bfdd, ospfd,
// srrd or what Start was told.
func (l *Lab) Signal(node, name string, sig syscall.Signal) error {
	p, ok := l.find(node, name)
	if !ok {
		return fmt.Errorf("signal %s on %s: it does not run", name, node)
	}
	return p.Signal(sig)
}

// find looks up a process of a node by its name.
func (l *Lab) find(node, name string) (Process, bool) {
	if name == daemonName {
		return l.daemonProcess(node)
	}
	return l.process(node + "/" + name)
}

// Restart starts a daemon of FRR or srrd on a node after its end.
func (l *Lab) Restart(node, name string) error {
	n, err := l.topo.Node(node)
	if err != nil {
		return err
	}
	if name == daemonName {
		l.store.mu.Lock()
		d, ok := l.state.Daemons[node]
		l.store.mu.Unlock()
		if !ok {
			return fmt.Errorf("start srrd on %s: it never ran", node)
		}
		return l.StartDaemon(node, d)
	}
	for _, d := range daemons(l.timers) {
		if d == name {
			return l.startDaemon(n, name)
		}
	}
	return fmt.Errorf("start %s on %s: not a daemon of this lab", name, node)
}

// forget removes what the kernel of a machine without power would not have:
// addresses and routes that were added later, and packet filters.
func (l *Lab) forget(n *Node) error {
	err := l.withHandle(l.nodeName(n.Name), func(h *netlink.Handle) error {
		lo, err := h.LinkByName("lo")
		if err != nil {
			return err
		}
		addrs, err := h.AddrList(lo, unix.AF_INET)
		if err != nil {
			return err
		}
		for i := range addrs {
			ip := addrs[i].IP.String()
			if ip != "127.0.0.1" && ip != n.RouterID.String() {
				_ = h.AddrDel(lo, &addrs[i]) // it may expire meanwhile
			}
		}
		return forgetRoutes(h)
	})
	if err != nil {
		return fmt.Errorf("forget what %s knew: %w", n.Name, err)
	}
	return l.forgetFiles(n)
}

// forgetRoutes removes every route that neither the kernel nor the topology made.
func forgetRoutes(h *netlink.Handle) error {
	routes, err := h.RouteListFiltered(unix.AF_INET, &netlink.Route{Table: unix.RT_TABLE_UNSPEC}, netlink.RT_FILTER_TABLE)
	if err != nil {
		return err
	}
	for i := range routes {
		if routes[i].Protocol != unix.RTPROT_KERNEL {
			_ = h.RouteDel(&routes[i])
		}
	}
	return nil
}
