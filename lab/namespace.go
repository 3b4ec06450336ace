package lab

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netlink/nl"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// namespacePath is where iproute2 keeps the namespace of that name.
func namespacePath(name string) string { return "/run/netns/" + name }

// InNamespace runs f on an operating system thread of its own in the network
// namespace at path. Sockets and processes made by f stay in it.
func InNamespace(path string, f func() error) error {
	return onThread(func() error {
		ns, err := netns.GetFromPath(path)
		if err != nil {
			return fmt.Errorf("open namespace %s: %w", path, err)
		}
		defer func() { _ = ns.Close() }()
		if err := netns.Set(ns); err != nil {
			return fmt.Errorf("enter namespace %s: %w", path, err)
		}
		return f()
	})
}

// onThread runs f on an operating system thread of its own.
func onThread(f func() error) error {
	done := make(chan error)
	go func() {
		// Never unlocked: the thread ends with the goroutine and takes the
		// foreign namespace with it.
		runtime.LockOSThread()
		done <- f()
	}()
	return <-done
}

// handle opens a netlink handle in a namespace of the lab.
func (l *Lab) handle(ns string) (*netlink.Handle, netns.NsHandle, error) {
	fd, err := netns.GetFromPath(namespacePath(ns))
	if err != nil {
		return nil, fd, fmt.Errorf("open namespace %s: %w", ns, err)
	}
	h, err := netlink.NewHandleAt(fd, unix.NETLINK_ROUTE)
	if err != nil {
		_ = fd.Close()
		return nil, fd, fmt.Errorf("open netlink in %s: %w", ns, err)
	}
	return h, fd, nil
}

// withHandle runs f with a netlink handle in a namespace of the lab.
func (l *Lab) withHandle(ns string, f func(h *netlink.Handle) error) error {
	h, fd, err := l.handle(ns)
	if err != nil {
		return err
	}
	defer func() { h.Close(); _ = fd.Close() }()
	return f(h)
}

// addNamespace does what `ip netns add` does, in this process: a program that
// outlived its killed owner would add one after the lab was taken down.
func addNamespace(name string) error {
	return onThread(func() error {
		ns, err := netns.NewNamed(name)
		if err != nil {
			return fmt.Errorf("add namespace %s: %w", name, err)
		}
		return ns.Close()
	})
}

func deleteNamespace(name string) error {
	if _, err := os.Stat(namespacePath(name)); err != nil {
		return nil
	}
	if out, err := exec.Command("ip", "netns", "del", name).CombinedOutput(); err != nil {
		return fmt.Errorf("delete namespace %s: %w: %s", name, err, strings.TrimSpace(string(out)))
	}
	return nil
}

// sysctl writes kernel settings in the namespace of the calling thread.
func sysctl(values map[string]string) error {
	for key, value := range values {
		path := "/proc/sys/" + strings.ReplaceAll(key, ".", "/")
		if err := os.WriteFile(path, []byte(value), 0o644); err != nil && !os.IsNotExist(err) {
			return fmt.Errorf("set %s: %w", key, err)
		}
	}
	return nil
}

// Bridge port states, linux/if_bridge.h.
const (
	portDisabled   = 0
	portForwarding = 3
)

// setPortState makes a bridge port drop everything silently, or forward again.
// The carrier stays up at both ends.
func setPortState(nsPath, port string, state uint8) error {
	return InNamespace(nsPath, func() error {
		link, err := netlink.LinkByName(port)
		if err != nil {
			return fmt.Errorf("find port %s: %w", port, err)
		}
		req := nl.NewNetlinkRequest(unix.RTM_SETLINK, unix.NLM_F_ACK)
		msg := nl.NewIfInfomsg(unix.AF_BRIDGE)
		msg.Index = int32(link.Attrs().Index)
		req.AddData(msg)
		info := nl.NewRtAttr(unix.IFLA_PROTINFO|unix.NLA_F_NESTED, nil)
		info.AddRtAttr(nl.IFLA_BRPORT_STATE, []byte{state})
		req.AddData(info)
		if _, err := req.Execute(unix.NETLINK_ROUTE, 0); err != nil {
			return fmt.Errorf("set state of port %s: %w", port, err)
		}
		return nil
	})
}
