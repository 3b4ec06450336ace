//go:build lab

package faults

import (
	"context"
	"encoding/binary"
	"flag"
	"fmt"
	"maps"
	"net/netip"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"

	"srr/internal/frr/ospfapi"
	"srr/internal/ospf/packet"
	"srr/internal/routerid"
	"srr/lab"
)

var insiderFor = flag.Duration("insider", 0, "how long insiders go on, instead of what the scripts say")

// insider is what a router does to the LSAs of others, again and again.
type insider struct {
	every  time.Duration
	keeps  bool // also to those that have gone from its own database
	change func(raw []byte)
}

// watched is what a router's database holds of a host.
type watched struct {
	mu    sync.Mutex
	lsas  map[uint32]ospfapi.LSA
	keeps bool // and what it held lately
	seen  map[uint32]time.Time
}

// lately is for longer than it takes ospfd to give an LSA out again. Whoever went on with
// what has gone for good would have thousands after minutes, which is a storm (T8).
const lately = 15 * time.Second

func (w *watched) note(author routerid.ID) func(ospfapi.Notification) {
	return func(n ospfapi.Notification) {
		w.mu.Lock()
		defer w.mu.Unlock()
		switch n := n.(type) {
		case ospfapi.LSAUpdate:
			if n.LSA.AdvRtr == author && n.LSA.OpaqueType() == 222 && n.LSA.Age < ospfapi.MaxAge {
				n.LSA.Raw = append([]byte(nil), n.LSA.Raw...)
				w.lsas[n.LSA.ID], w.seen[n.LSA.ID] = n.LSA, time.Now()
			}
		case ospfapi.LSADelete:
			if !w.keeps {
				delete(w.lsas, n.LSA.ID)
			}
		}
	}
}

// aged gives an LSA the age at which every router removes it. Its checksum leaves the
// age out.
func aged(raw []byte) { binary.BigEndian.PutUint16(raw, ospfapi.MaxAge) }

// outnumbered is aged, with a number above all that there were of the LSA.
func outnumbered() func(raw []byte) {
	last := map[uint32]uint32{} // by link-state ID
	var mu sync.Mutex
	return func(raw []byte) {
		mu.Lock()
		defer mu.Unlock()
		id := binary.BigEndian.Uint32(raw[4:])
		last[id] = max(last[id], binary.BigEndian.Uint32(raw[12:])) + 1
		binary.BigEndian.PutUint32(raw[12:], last[id])
		binary.BigEndian.PutUint16(raw[16:], packet.Checksum(raw))
		aged(raw)
	}
}

// disguised gives an LSA another body with the same checksum, under the same number: of
// three octets in a row the outer ones grow by one and the middle one shrinks by two,
// which both sums of Fletcher's checksum leave as they are (RFC 2328, 12.1.7).
func disguised(raw []byte) {
	for i := len(raw) - 3; i >= 20; i-- {
		if raw[i] < 254 && raw[i+1] > 2 && raw[i+2] < 254 {
			raw[i]++
			raw[i+1] -= 2
			raw[i+2]++
			return
		}
	}
}

// updates are as many as it takes for all of that, changed.
func (w *watched) updates(router [4]byte, change func(raw []byte)) (updates [][]byte, n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var body []byte
	count := uint32(0)
	send := func() {
		if count > 0 {
			updates = append(updates, linkStateUpdate(router, count, body))
		}
		body, count = nil, 0
	}
	for id, l := range w.lsas {
		if w.keeps && time.Since(w.seen[id]) > lately {
			delete(w.lsas, id)
			continue
		}
		if len(body)+len(l.Raw) > 1400 {
			send()
		}
		raw := append([]byte(nil), l.Raw...)
		change(raw)
		if packet.VerifyChecksum(raw) != nil {
			continue // a router would see that, and nothing would be shown
		}
		body, count, n = append(body, raw...), count+1, n+1
	}
	send()
	return updates, n
}

// linkStateUpdate is a packet of RFC 2328, A.3.5, of area 0 and without
// authentication.
func linkStateUpdate(router [4]byte, count uint32, lsas []byte) []byte {
	p := make([]byte, 28, 28+len(lsas))
	p[0], p[1] = 2, 4
	binary.BigEndian.PutUint16(p[2:], uint16(28+len(lsas)))
	copy(p[4:], router[:])
	binary.BigEndian.PutUint32(p[24:], count)
	p = append(p, lsas...)
	var sum uint32
	for i := 0; i+1 < len(p); i += 2 {
		sum += uint32(binary.BigEndian.Uint16(p[i:]))
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	binary.BigEndian.PutUint16(p[12:], ^uint16(sum))
	return p
}

// peerPurge makes an insider of a router: each second, for a time, it floods that
// everything a host says has reached the age of removal. No key is needed for that.
func (r *run) peerPurge(ctx context.Context, args []string, _ string) error {
	return r.insider(ctx, args, insider{time.Second, false, aged})
}

// peerSilence: as peerPurge, five times a second, and each time under a higher number:
// what the ospfd of the host gives out again under the same ID is older for everybody,
// or comes within MinLSArrival.
func (r *run) peerSilence(ctx context.Context, args []string, _ string) error {
	return r.insider(ctx, args, insider{200 * time.Millisecond, true, outnumbered()})
}

// peerMimic: it floods everything a host says with another body, which no router
// can tell from the true one by number, checksum and age (RFC 2328, 13.1).
func (r *run) peerMimic(ctx context.Context, args []string, _ string) error {
	return r.insider(ctx, args, insider{time.Second, false, disguised})
}

// insider has a router work on hosts, n1,n2, all at once.
func (r *run) insider(ctx context.Context, args []string, in insider) error {
	length, err := time.ParseDuration(args[2])
	if err != nil {
		return err
	}
	if *insiderFor > 0 {
		length = *insiderFor
	}
	router, err := r.b.l.Topology().Node(args[0])
	if err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	for name := range strings.SplitSeq(args[1], ",") {
		victim, err := r.b.l.Topology().Node(name)
		if err != nil {
			return err
		}
		g.Go(func() error {
			return lab.InNamespace(r.b.l.NodeNamespace(router.Name), func() error {
				return r.flood(ctx, router, routerID(victim), length, in)
			})
		})
	}
	return g.Wait()
}

// listen follows what the ospfd of this namespace holds, or held, of an author, until ctx ends.
func listen(ctx context.Context, author routerid.ID, keeps bool) (*watched, *ospfapi.Client, error) {
	w := &watched{lsas: map[uint32]ospfapi.LSA{}, keeps: keeps, seen: map[uint32]time.Time{}}
	c, err := ospfapi.Dial(ctx, ospfapi.Options{}, w.note(author))
	if err != nil {
		return nil, nil, err
	}
	all := ospfapi.Filter{Types: ospfapi.TypeMask(ospfapi.OpaqueAreaLSA, ospfapi.OpaqueASLSA), Origin: ospfapi.AnyOrigin}
	if err = c.RegisterEvent(ctx, all); err == nil {
		_, err = c.SyncLSDB(ctx, all)
	}
	if err != nil {
		c.Close()
		return nil, nil, err
	}
	return w, c, nil
}

// held is what the ospfd of a node holds of a host: bodies by ID.
func (r *run) held(ctx context.Context, node string, author routerid.ID) (bodies map[uint32]string, err error) {
	err = lab.InNamespace(r.b.l.NodeNamespace(node), func() error {
		w, c, err := listen(ctx, author, false)
		if err != nil {
			return err
		}
		defer c.Close()
		w.mu.Lock()
		defer w.mu.Unlock()
		bodies = map[uint32]string{}
		for id, l := range w.lsas {
			bodies[id] = string(l.Raw[20:]) // what is after the header
		}
		return nil
	})
	return bodies, err
}

// genuine: a node holds what a host says, as that says it.
func (r *run) genuine(ctx context.Context, args []string, _ string) error {
	host, err := r.b.l.Topology().Node(args[1])
	if err != nil {
		return err
	}
	return wait(ctx, 15*time.Second, args[0]+" to hold the true records of "+args[1], func() string {
		own, err := r.held(ctx, args[1], routerID(host))
		if err != nil {
			return err.Error()
		}
		said, err := r.held(ctx, args[0], routerID(host))
		switch {
		case err != nil:
			return err.Error()
		case len(own) == 0 || !maps.Equal(own, said):
			return fmt.Sprintf("%d LSAs there, %d here, or other ones", len(own), len(said))
		}
		return ""
	})
}

func (r *run) flood(ctx context.Context, router *lab.Node, victim routerid.ID, length time.Duration, in insider) error {
	w, c, err := listen(ctx, victim, in.keeps)
	if err != nil {
		return err
	}
	defer c.Close()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 89)
	if err != nil {
		return fmt.Errorf("open a raw socket: %w", err)
	}
	defer unix.Close(fd)
	tick := time.NewTicker(in.every)
	defer tick.Stop()
	flooded := 0
	for end := time.Now().Add(length); time.Now().Before(end); {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
		updates, n := w.updates(router.RouterID.As4(), in.change)
		flooded += n
		for _, l := range router.Links {
			if err := sendAll(fd, l.Addr.Addr(), updates); err != nil {
				return err
			}
		}
	}
	r.b.history.note(fmt.Sprintf("%d LSAs of another one were flooded within %v", flooded, length))
	if flooded < int(length/in.every) {
		return fmt.Errorf("only %d LSAs were there to be changed", flooded)
	}
	return nil
}

// sendAll sends to all OSPF routers on the link of an address.
func sendAll(fd int, from netip.Addr, packets [][]byte) error {
	if err := unix.SetsockoptInet4Addr(fd, unix.IPPROTO_IP, unix.IP_MULTICAST_IF, from.As4()); err != nil {
		return fmt.Errorf("choose the link of %s: %w", from, err)
	}
	for _, p := range packets {
		if err := unix.Sendto(fd, p, 0, &unix.SockaddrInet4{Addr: [4]byte{224, 0, 0, 5}}); err != nil {
			return fmt.Errorf("send an update: %w", err)
		}
	}
	return nil
}
