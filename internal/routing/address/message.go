package address

import (
	"encoding/binary"
	"errors"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"
)

// Rtnetlink messages are written here and not by a library because a library
// sends one message per system call, waits for each answer, and knows no
// IFA_PROTO: 1,000 renewals a second must cost next to nothing.

const (
	ifaProto      = 11 // IFA_PROTO, Linux 5.18
	loopbackIndex = 1  // LOOPBACK_IFINDEX of the kernel, the same in every namespace
)

var native = binary.NativeEndian

// Attributes of an address that says nothing of duplicates: on lo there is
// no duplicate address detection to wait for.
const addressFlags = unix.IFA_F_NODAD

var errTruncated = errors.New("netlink message is truncated")

// appendOp appends op as one message with the sequence number seq.
func appendOp(b []byte, op Op, seq uint32, ack bool) []byte {
	start := len(b)
	b = append(b, make([]byte, unix.SizeofNlMsghdr)...)
	var kind, flags uint16 = 0, unix.NLM_F_REQUEST
	switch op.Action {
	case Withdraw:
		kind = unix.RTM_DELADDR
	case Disown:
		kind = unix.RTM_DELROUTE
	case Own:
		kind, flags = unix.RTM_NEWROUTE, flags|unix.NLM_F_CREATE|unix.NLM_F_EXCL
	case Announce:
		kind, flags = unix.RTM_NEWADDR, flags|unix.NLM_F_CREATE|unix.NLM_F_REPLACE
	}
	if ack {
		flags |= unix.NLM_F_ACK
	}
	if kind == unix.RTM_NEWADDR || kind == unix.RTM_DELADDR {
		b = appendAddress(b, op)
	} else {
		b = appendRoute(b, op)
	}
	h := b[start:]
	native.PutUint32(h[0:], uint32(len(h)))
	native.PutUint16(h[4:], kind)
	native.PutUint16(h[6:], flags)
	native.PutUint32(h[8:], seq)
	return b
}

// appendAddress appends struct ifaddrmsg and its attributes (rtnetlink(7)).
func appendAddress(b []byte, op Op) []byte {
	b = append(b, family(op.Addr), byte(op.Addr.BitLen()), 0, unix.RT_SCOPE_UNIVERSE)
	b = native.AppendUint32(b, loopbackIndex)
	b = appendAttr(b, unix.IFA_LOCAL, op.Addr.AsSlice())
	b = appendAttr(b, unix.IFA_ADDRESS, op.Addr.AsSlice())
	if op.Action == Withdraw {
		return b
	}
	seconds := uint32(lifetimeSeconds)
	if op.Life > 0 {
		seconds = uint32(op.Life / time.Second)
	}
	var life [16]byte // struct ifa_cacheinfo: preferred, valid, created, changed
	native.PutUint32(life[0:], seconds)
	native.PutUint32(life[4:], seconds)
	b = appendAttr(b, unix.IFA_CACHEINFO, life[:])
	b = appendAttr(b, unix.IFA_FLAGS, native.AppendUint32(nil, addressFlags))
	return appendAttr(b, ifaProto, []byte{Protocol})
}

// appendRoute appends struct rtmsg and its attributes (rtnetlink(7)).
func appendRoute(b []byte, op Op) []byte {
	scope := byte(unix.RT_SCOPE_HOST)
	if op.Addr.Is6() {
		scope = unix.RT_SCOPE_UNIVERSE
	}
	b = append(b, family(op.Addr), byte(op.Addr.BitLen()), 0, 0, unix.RT_TABLE_LOCAL, Protocol, scope, unix.RTN_LOCAL)
	b = native.AppendUint32(b, 0)
	b = appendAttr(b, unix.RTA_DST, op.Addr.AsSlice())
	b = appendAttr(b, unix.RTA_OIF, native.AppendUint32(nil, loopbackIndex))
	return appendAttr(b, unix.RTA_PRIORITY, native.AppendUint32(nil, routeMetric))
}

func appendAttr(b []byte, kind uint16, value []byte) []byte {
	b = native.AppendUint16(b, uint16(unix.SizeofRtAttr+len(value)))
	b = native.AppendUint16(b, kind)
	b = append(b, value...)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

func family(a netip.Addr) byte {
	if a.Is4() {
		return unix.AF_INET
	}
	return unix.AF_INET6
}

// attributes splits what follows the fixed part of a message.
func attributes(b []byte) (map[uint16][]byte, error) {
	all := map[uint16][]byte{}
	for len(b) >= unix.SizeofRtAttr {
		n := int(native.Uint16(b))
		if n < unix.SizeofRtAttr || n > len(b) {
			return nil, errTruncated
		}
		all[native.Uint16(b[2:])&^unix.NLA_F_NESTED] = b[unix.SizeofRtAttr:n]
		b = b[min(len(b), (n+3)&^3):]
	}
	return all, nil
}

// parsedAddress is an RTM_NEWADDR message of a dump.
type parsedAddress struct {
	addr    netip.Addr
	index   int
	host    bool // a /32 or /128
	mortal  bool // has a finite lifetime
	proto   byte
	noProto bool // the kernel does not tell: older than 5.18, or set by nobody
}

func parseAddress(b []byte) (parsedAddress, error) {
	if len(b) < unix.SizeofIfAddrmsg {
		return parsedAddress{}, errTruncated
	}
	attrs, err := attributes(b[unix.SizeofIfAddrmsg:])
	if err != nil {
		return parsedAddress{}, err
	}
	p := parsedAddress{index: int(native.Uint32(b[4:])), noProto: true}
	raw := attrs[unix.IFA_LOCAL] // of a point-to-point link IFA_ADDRESS is the peer
	if raw == nil {
		raw = attrs[unix.IFA_ADDRESS]
	}
	p.addr, _ = netip.AddrFromSlice(raw)
	p.host = p.addr.IsValid() && int(b[1]) == p.addr.BitLen()
	if c := attrs[unix.IFA_CACHEINFO]; len(c) >= 8 {
		p.mortal = native.Uint32(c[4:]) != ^uint32(0)
	}
	if v := attrs[ifaProto]; len(v) == 1 {
		p.proto, p.noProto = v[0], false
	}
	return p, nil
}

// parseRoute returns the address of a local route of ours; invalid for others.
func parseRoute(b []byte) (netip.Addr, error) {
	if len(b) < unix.SizeofRtMsg {
		return netip.Addr{}, errTruncated
	}
	attrs, err := attributes(b[unix.SizeofRtMsg:])
	if err != nil {
		return netip.Addr{}, err
	}
	a, _ := netip.AddrFromSlice(attrs[unix.RTA_DST])
	metric := attrs[unix.RTA_PRIORITY]
	if b[4] != unix.RT_TABLE_LOCAL || b[5] != Protocol || b[7] != unix.RTN_LOCAL ||
		!a.IsValid() || int(b[1]) != a.BitLen() || len(metric) != 4 || native.Uint32(metric) != routeMetric {
		return netip.Addr{}, nil
	}
	return a, nil
}
