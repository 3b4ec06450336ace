package address

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// message is one netlink message.
type message struct {
	kind, flags uint16
	seq         uint32
	body        []byte // valid until the next receive
}

func (n *Netlink) send(b []byte) error {
	if err := unix.Sendto(n.requests, b, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return fmt.Errorf("send to netlink: %w", err)
	}
	return nil
}

// receive reads what one system call gives.
func (n *Netlink) receive(fd int) ([]message, error) {
	for {
		got, _, flags, from, err := unix.Recvmsg(fd, n.buffer, nil, 0)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case errors.Is(err, unix.ENOBUFS) || flags&unix.MSG_TRUNC != 0:
			return nil, errLost
		case err != nil:
			return nil, fmt.Errorf("read netlink: %w", err)
		}
		if a, ok := from.(*unix.SockaddrNetlink); !ok || a.Pid != 0 {
			continue // not from the kernel: any process may send to this socket
		}
		return split(n.buffer[:got])
	}
}

func split(b []byte) ([]message, error) {
	var all []message
	for len(b) >= unix.SizeofNlMsghdr {
		size := int(native.Uint32(b))
		if size < unix.SizeofNlMsghdr || size > len(b) {
			return nil, errTruncated
		}
		all = append(all, message{
			kind: native.Uint16(b[4:]), flags: native.Uint16(b[6:]), seq: native.Uint32(b[8:]),
			body: b[unix.SizeofNlMsghdr:size],
		})
		b = b[min(len(b), (size+3)&^3):]
	}
	return all, nil
}

// dump asks for everything of one kind and hands each body to visit.
func (n *Netlink) dump(kind uint16, request []byte, visit func([]byte) error) error {
	n.seq++
	b := native.AppendUint32(nil, uint32(unix.SizeofNlMsghdr+len(request)))
	b = native.AppendUint16(b, kind)
	b = native.AppendUint16(b, unix.NLM_F_REQUEST|unix.NLM_F_DUMP)
	b = native.AppendUint32(b, n.seq)
	b = native.AppendUint32(b, 0)
	if err := n.send(append(b, request...)); err != nil {
		return err
	}
	interrupted := false
	for {
		messages, err := n.receive(n.requests)
		if err != nil {
			return err
		}
		for _, m := range messages {
			if m.seq != n.seq {
				continue // of an exchange that was given up
			}
			interrupted = interrupted || m.flags&unix.NLM_F_DUMP_INTR != 0
			switch done, err := dumpEnd(m); {
			case err != nil:
				return err
			case done && interrupted:
				return errInterrupted
			case done:
				return nil
			}
			if err := visit(m.body); err != nil {
				return err
			}
		}
	}
}

// dumpEnd recognises the end of a dump, and its failure: both NLMSG_DONE and
// NLMSG_ERROR begin with a negative errno or zero.
func dumpEnd(m message) (bool, error) {
	if m.kind != unix.NLMSG_DONE && m.kind != unix.NLMSG_ERROR {
		return false, nil
	}
	if len(m.body) < 4 {
		return true, nil
	}
	if errno := unix.Errno(-int32(native.Uint32(m.body))); errno != 0 && errno != unix.ENOENT {
		return true, errno
	}
	return true, nil // ENOENT: the table does not exist yet, so it is empty
}

// Changed implements Kernel: it drains the notifications, whatever they say. The
// filter has left only those that matter.
func (n *Netlink) Changed() bool {
	changed := false
	for {
		_, _, err := unix.Recvfrom(n.events, n.buffer, unix.MSG_DONTWAIT)
		switch {
		case err == nil:
			changed = true
		case errors.Is(err, unix.EAGAIN):
			return changed
		case errors.Is(err, unix.EINTR):
		case errors.Is(err, unix.ENOBUFS):
			changed = true // overrun: some were lost
		default:
			return true
		}
	}
}
