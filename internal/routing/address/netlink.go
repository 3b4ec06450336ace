package address

import (
	"errors"
	"fmt"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"
)

const (
	batchSize     = 100     // messages per system call; their answers must fit the receive buffer
	receiveBuffer = 4 << 20 // bytes; needs CAP_NET_ADMIN, as everything here does
	dumpTries     = 10
	answerTimeout = 2 * time.Second // the kernel answers within the system call; this is a last resort
)

// Faults of a dump.
var (
	errInterrupted = errors.New("dump was interrupted by changes")
	errLost        = errors.New("netlink lost messages")
)

// Netlink is the kernel of the network namespace in which it was opened.
type Netlink struct {
	requests int // socket for requests and their answers
	events   int // socket subscribed to changes by others
	seq      uint32
	buffer   []byte
}

var _ Kernel = (*Netlink)(nil)

// OpenNetlink opens the sockets in the calling thread's network namespace and
// subscribes to changes.
func OpenNetlink() (*Netlink, error) {
	n := &Netlink{requests: -1, events: -1, buffer: make([]byte, 256<<10)}
	if err := n.open(); err != nil {
		return nil, errors.Join(err, n.Close())
	}
	return n, nil
}

func (n *Netlink) open() (err error) {
	if n.requests, err = openSocket(); err != nil {
		return err
	}
	if n.events, err = openSocket(); err != nil {
		return err
	}
	// Filters of a dump (table, protocol) work on strictly checked requests only.
	if err := unix.SetsockoptInt(n.requests, unix.SOL_NETLINK, unix.NETLINK_GET_STRICT_CHK, 1); err != nil {
		return fmt.Errorf("set strict netlink checking: %w", err)
	}
	timeout := unix.NsecToTimeval(answerTimeout.Nanoseconds())
	if err := unix.SetsockoptTimeval(n.requests, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &timeout); err != nil {
		return fmt.Errorf("set netlink time-out: %w", err)
	}
	return subscribe(n.events, n.requests)
}

func openSocket() (int, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_ROUTE)
	if err != nil {
		return -1, fmt.Errorf("open netlink socket: %w", err)
	}
	if err := unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return fd, fmt.Errorf("bind netlink socket: %w", err)
	}
	// Without the capability the default size stays; lost answers are noticed.
	_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, receiveBuffer)
	_ = unix.SetsockoptInt(fd, unix.SOL_NETLINK, unix.NETLINK_CAP_ACK, 1)
	return fd, nil
}

// Close closes both sockets.
func (n *Netlink) Close() error {
	var errs []error
	for _, fd := range []int{n.requests, n.events} {
		if fd >= 0 {
			errs = append(errs, unix.Close(fd))
		}
	}
	n.requests, n.events = -1, -1
	return errors.Join(errs...)
}

// Apply implements Kernel. The kernel works within the system call, so the
// answers are there when it returns; only the last message of a batch asks for
// an acknowledgement, the others answer only when they fail.
func (n *Netlink) Apply(ops []Op) []error {
	errs := make([]error, len(ops))
	for start := 0; start < len(ops); start += batchSize {
		end := min(start+batchSize, len(ops))
		if err := n.batch(ops[start:end], errs[start:end]); err != nil {
			for i := start; i < end; i++ {
				errs[i] = errors.Join(errs[i], err)
			}
		}
	}
	return errs
}

func (n *Netlink) batch(ops []Op, errs []error) error {
	var b []byte
	first := n.seq + 1
	for i, op := range ops {
		n.seq++
		b = appendOp(b, op, n.seq, i == len(ops)-1)
	}
	if err := n.send(b); err != nil {
		return err
	}
	for {
		messages, err := n.receive(n.requests)
		if err != nil {
			return err
		}
		for _, m := range messages {
			if m.kind != unix.NLMSG_ERROR || len(m.body) < 4 || m.seq-first >= uint32(len(ops)) {
				continue
			}
			i := m.seq - first
			errs[i] = verdict(ops[i].Action, unix.Errno(-int32(native.Uint32(m.body))))
			if m.seq == n.seq {
				return nil
			}
		}
	}
}

// verdict leaves out what is as wanted already.
func verdict(a Action, errno unix.Errno) error {
	switch {
	case errno == 0,
		a == Withdraw && errno == unix.EADDRNOTAVAIL,
		a == Disown && errno == unix.ESRCH:
		return nil
	case a == Own && errno == unix.EEXIST:
		return fmt.Errorf("somebody else's local route has metric %d: %w", routeMetric, errno)
	}
	return errno
}

// Dump implements Kernel.
func (n *Netlink) Dump() (Snapshot, error) {
	var err error
	for range dumpTries {
		var s Snapshot
		if s, err = n.dumpOnce(); err == nil {
			return s, nil
		}
		if !errors.Is(err, errInterrupted) {
			break
		}
	}
	return Snapshot{}, err
}

func (n *Netlink) dumpOnce() (Snapshot, error) {
	s := Snapshot{Routes: map[netip.Addr]bool{}, Addresses: map[netip.Addr]Assigned{}}
	for _, f := range []byte{unix.AF_INET, unix.AF_INET6} {
		request := []byte{f, 0, 0, 0, unix.RT_TABLE_LOCAL, Protocol, 0, unix.RTN_LOCAL, 0, 0, 0, 0}
		err := n.dump(unix.RTM_GETROUTE, request, func(b []byte) error {
			a, err := parseRoute(b)
			if a.IsValid() {
				s.Routes[a] = true
			}
			return err
		})
		if err != nil {
			return s, fmt.Errorf("dump local routes: %w", err)
		}
	}
	err := n.dump(unix.RTM_GETADDR, make([]byte, unix.SizeofIfAddrmsg), func(b []byte) error {
		p, err := parseAddress(b)
		if err == nil && p.addr.IsValid() {
			s.add(p, n.interfaceName)
		}
		return err
	})
	if err != nil {
		return s, fmt.Errorf("dump addresses: %w", err)
	}
	return s, nil
}

// add sorts one address. Kernels before 5.18 keep no IFA_PROTO: there our local
// route for the same address, with a lifetime on the address, is the mark.
func (s *Snapshot) add(p parsedAddress, interfaceName func(index int) string) {
	marked := p.proto == Protocol || p.noProto && s.Routes[p.addr]
	there := s.Addresses[p.addr]
	if p.index == loopbackIndex && p.host && p.mortal && marked {
		there.Ours = true
	} else {
		there.Foreign = interfaceName(p.index)
	}
	s.Addresses[p.addr] = there
}

// interfaceName asks for one interface. The net package reads all of them for that,
// which takes seconds for each address on a host with thousands.
func (n *Netlink) interfaceName(index int) string {
	if ifr, err := unix.NewIfreq(""); err == nil {
		ifr.SetUint32(uint32(index))
		if unix.IoctlIfreq(n.requests, unix.SIOCGIFNAME, ifr) == nil {
			return ifr.Name()
		}
	}
	return fmt.Sprintf("interface %d", index)
}
