package checking

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// ICMP is up when an echo request is answered (RFC 792, RFC 4443 section 4).
// Asked of an address of this host it says nothing about a service: it is for
// targets elsewhere.
type ICMP struct {
	Target netip.Addr
}

const (
	echoHeader   = 8
	echoNonce    = 16
	echoRequest  = 8
	echoReply    = 0
	echo6Request = 128
	echo6Reply   = 129
	echoEvery    = time.Second // between requests that are not answered
)

// Check sends an echo request, and again each second, until one is answered.
func (c *ICMP) Check(ctx context.Context) Result {
	conn, to, err := c.listen()
	if err != nil {
		return Unknownf("could not check: %v", err)
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	request := c.request()
	at := time.Now()
	for {
		if _, err := conn.WriteTo(request, to); err != nil {
			return FromError(ctx, err)
		}
		err := c.await(ctx, conn, request[echoHeader:])
		if err == nil {
			return Upf("echo from %v in %v", c.Target, time.Since(at).Round(10*time.Microsecond))
		}
		if ctx.Err() != nil {
			return FromError(ctx, ctx.Err())
		}
	}
}

// listen opens a ping socket, which needs no privilege but a group that
// net.ipv4.ping_group_range names, else a raw one.
func (c *ICMP) listen() (net.PacketConn, net.Addr, error) {
	family, protocol, raw := unix.AF_INET, unix.IPPROTO_ICMP, "ip4:icmp"
	if c.Target.Is6() {
		family, protocol, raw = unix.AF_INET6, unix.IPPROTO_ICMPV6, "ip6:ipv6-icmp"
	}
	ip, zone := c.Target.AsSlice(), c.Target.Zone()
	fd, err := unix.Socket(family, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, protocol)
	if err != nil {
		conn, err := net.ListenPacket(raw, "")
		return conn, &net.IPAddr{IP: ip, Zone: zone}, err
	}
	f := os.NewFile(uintptr(fd), "ping")
	defer f.Close()
	conn, err := net.FilePacketConn(f)
	if err != nil {
		return nil, nil, fmt.Errorf("open ping socket: %w", err)
	}
	return conn, &net.UDPAddr{IP: ip, Zone: zone}, nil
}

// request builds the message. The nonce tells our reply from everybody's; the
// identifier would not: a ping socket sets its own.
func (c *ICMP) request() []byte {
	b := make([]byte, echoHeader+echoNonce)
	b[0] = echoRequest
	if c.Target.Is6() {
		b[0] = echo6Request
	}
	b[7] = 1 // sequence number
	_, _ = rand.Read(b[4:6])
	_, _ = rand.Read(b[echoHeader:])
	if c.Target.Is4() { // the kernel computes that of ICMPv6
		binary.BigEndian.PutUint16(b[2:], checksum(b))
	}
	return b
}

// checksum is that of RFC 1071 over an even number of bytes.
func checksum(b []byte) uint16 {
	var sum uint32
	for i := 0; i < len(b); i += 2 {
		sum += uint32(binary.BigEndian.Uint16(b[i:]))
	}
	sum = sum>>16 + sum&0xffff
	return ^uint16(sum + sum>>16)
}

// await reads until the reply with the nonce comes, or the next request is due.
// An error message about the request is not waited for: what is unreachable
// does not answer.
func (c *ICMP) await(ctx context.Context, conn net.PacketConn, nonce []byte) error {
	if err := conn.SetReadDeadline(time.Now().Add(echoEvery)); err != nil {
		return err
	}
	if ctx.Err() != nil { // its deadline may have been overwritten
		return ctx.Err()
	}
	reply := byte(echoReply)
	if c.Target.Is6() {
		reply = echo6Reply
	}
	buf := make([]byte, 1500)
	for {
		n, _, err := conn.ReadFrom(buf)
		if err != nil {
			return err
		}
		if b := buf[:n]; n >= echoHeader && b[0] == reply && bytes.Equal(b[echoHeader:], nonce) {
			return nil
		}
	}
}
