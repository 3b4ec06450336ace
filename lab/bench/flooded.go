package bench

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"srr/lab"
)

// countFlooded counts the opaque LSAs in the OSPF packets that a namespace
// receives on all its links, until the returned function is called, which returns their number
// and bytes.
func countFlooded(namespace string) (count func() (lsas, bytes int, err error), err error) {
	fd := -1
	err = lab.InNamespace(namespace, func() error {
		// Everything that is IP; what is not OSPF is skipped below.
		fd, err = unix.Socket(unix.AF_PACKET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, int(htons(unix.ETH_P_IP)))
		if err != nil {
			return fmt.Errorf("open packet socket: %w", err)
		}
		return unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Usec: 100_000})
	})
	if err != nil {
		return nil, err
	}
	stop, done := make(chan struct{}), make(chan struct{})
	var lsas, bytes int
	var failed error
	go func() {
		defer close(done)
		defer func() { _ = unix.Close(fd) }()
		buf := make([]byte, 65536)
		for {
			select {
			case <-stop:
				return
			default:
			}
			n, from, err := unix.Recvfrom(fd, buf, 0)
			if errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EINTR) {
				continue
			}
			if err != nil {
				failed = fmt.Errorf("count floods: %w", err)
				return
			}
			if ll, ok := from.(*unix.SockaddrLinklayer); ok && ll.Pkttype != unix.PACKET_OUTGOING {
				l, b := opaqueLSAs(buf[:n])
				lsas, bytes = lsas+l, bytes+b
			}
		}
	}()
	return func() (int, int, error) {
		close(stop)
		select {
		case <-done:
		case <-time.After(5 * time.Second):
		}
		return lsas, bytes, failed
	}, nil
}

func htons(n uint16) uint16 { return n<<8 | n>>8 }

// opaqueLSAs counts those in an IPv4 packet with an OSPF Link State Update
// (RFC 2328, A.3.5; RFC 5250). Anything else, fragments too, has none.
func opaqueLSAs(p []byte) (lsas, bytes int) {
	if len(p) < 20 || p[9] != 89 {
		return 0, 0
	}
	if head := int(p[0]&15) * 4; head >= 20 && len(p) >= head+28 {
		p = p[head:]
	} else {
		return 0, 0
	}
	if p[0] != 2 || p[1] != 4 { // version 2, Link State Update
		return 0, 0
	}
	left := binary.BigEndian.Uint32(p[24:])
	for p = p[28:]; left > 0 && len(p) >= 20; left-- {
		length := int(binary.BigEndian.Uint16(p[18:]))
		if length < 20 {
			return lsas, bytes
		}
		if kind := p[3]; kind >= 9 && kind <= 11 {
			lsas, bytes = lsas+1, bytes+length
		}
		p = p[min(length, len(p)):]
	}
	return lsas, bytes
}
