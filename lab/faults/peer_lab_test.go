//go:build lab

package faults

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"time"

	"srr/internal/discovery"
	"srr/internal/frr/ospfapi"
	"srr/internal/routerid"
	"srr/internal/service"
	"srr/lab"
)

// peer is a router that floods what a script says, by the API of its ospfd.
type peer struct {
	c      *ospfapi.Client
	author routerid.ID
	next   uint32
}

func (p *peer) close() { _ = p.c.Close() }

// peer connects to a router, once.
func (r *run) peer(ctx context.Context, router string) (*peer, error) {
	if p := r.peers[router]; p != nil {
		return p, nil
	}
	n, err := r.b.l.Topology().Node(router)
	if err != nil {
		return nil, err
	}
	p := &peer{author: routerID(n)}
	err = lab.InNamespace(r.b.l.NodeNamespace(router), func() (err error) {
		p.c, err = ospfapi.Dial(ctx, ospfapi.Options{}, func(ospfapi.Notification) {})
		return err
	})
	if err != nil {
		return nil, err
	}
	r.peers[router] = p
	for _, opaque := range []uint8{222, 200} {
		if err := p.c.RegisterOpaqueType(ctx, 10, opaque); err != nil {
			return nil, err
		}
	}
	return p, nil
}

func routerID(n *lab.Node) routerid.ID {
	b := n.RouterID.As4()
	return routerid.ID(binary.BigEndian.Uint32(b[:]))
}

func (r *run) peerLeave(_ context.Context, args []string, _ string) error {
	if p := r.peers[args[0]]; p != nil {
		p.close()
		delete(r.peers, args[0])
	}
	return nil
}

func (p *peer) flood(ctx context.Context, opaque uint8, body []byte) error {
	p.next++
	return p.c.Originate(ctx, ospfapi.Opaque{Type: 10, OpaqueType: opaque, OpaqueID: p.next}, body)
}

// peerGarbage floods what is no record, or half of one, or of a format to come.
func (r *run) peerGarbage(ctx context.Context, args []string, _ string) error {
	p, n, err := r.peerAndNumber(ctx, args)
	if err != nil {
		return err
	}
	record, err := discovery.Encode("lab", discovery.Record{
		Author: p.author, Version: discovery.Version{Incarnation: 1, Counter: 1}, Node: &discovery.Node{Name: "r1"},
	})
	if err != nil {
		return err
	}
	newer := slices.Clone(record)
	newer[3] = 99 // the format
	longer := slices.Clone(record)
	binary.BigEndian.PutUint16(longer[22:], 0xffff) // the length of the first TLV
	garbage := [][]byte{make([]byte, 4), []byte("not a record at all!"), make([]byte, 1400), record[:len(record)-4], record[:24], newer, longer}
	for i := range n {
		if err := p.flood(ctx, 222, garbage[i%len(garbage)]); err != nil {
			return err
		}
	}
	return nil
}

// peerStorm floods LSAs that are none of ours.
func (r *run) peerStorm(ctx context.Context, args []string, _ string) error {
	p, n, err := r.peerAndNumber(ctx, args)
	if err != nil {
		return err
	}
	began := time.Now()
	for range n {
		if err := p.flood(ctx, 200, make([]byte, 64)); err != nil {
			return err
		}
	}
	r.b.history.note(fmt.Sprintf("storm of %d LSAs took %v", n, time.Since(began)))
	return nil
}

func (r *run) peerAndNumber(ctx context.Context, args []string) (*peer, int, error) {
	n, err := strconv.Atoi(args[1])
	if err != nil {
		return nil, 0, err
	}
	p, err := r.peer(ctx, args[0])
	return p, n, err
}

// peerForge floods records that name a host as their author: that it is
// leaving, and that vip is stopped there.
func (r *run) peerForge(ctx context.Context, args []string, _ string) error {
	p, err := r.peer(ctx, args[0])
	if err != nil {
		return err
	}
	n, err := r.b.l.Topology().Node(args[1])
	if err != nil {
		return err
	}
	victim := discovery.Record{
		Author: routerID(n), Version: discovery.Version{Incarnation: uint64(time.Now().UnixMilli()) + 1e9, Counter: 1e6}, Nonce: 666,
	}
	for _, body := range []func(*discovery.Record){
		func(rec *discovery.Record) {
			rec.Node = &discovery.Node{Name: args[1], Flags: discovery.NodeLeaving | discovery.Settled}
		},
		func(rec *discovery.Record) {
			rec.Instance = &discovery.Instance{Service: "vip", State: service.Stopped}
		},
	} {
		rec := victim
		body(&rec)
		b, err := discovery.Encode("lab", rec)
		if err != nil {
			return err
		}
		if err := p.flood(ctx, 222, b); err != nil {
			return err
		}
	}
	return nil
}

// peerNewer floods what a node of a version to come says: records with TLVs,
// flags and bits that nobody knows yet, of an instance of a service.
func (r *run) peerNewer(ctx context.Context, args []string, _ string) error {
	p, err := r.peer(ctx, args[0])
	if err != nil {
		return err
	}
	state := service.Stopped
	if args[2] == "started" {
		state = service.Started
	}
	version := discovery.Version{Incarnation: uint64(time.Now().UnixNano()), Counter: 1}
	node := discovery.Record{Author: p.author, Version: version, Nonce: 1, Node: &discovery.Node{
		Name: args[0], Software: "99.0", Flags: discovery.Settled, Instances: 1,
	}}
	version.Counter = 2
	instance := discovery.Record{Author: p.author, Version: version, Nonce: 1, Instance: &discovery.Instance{
		Service: args[1], State: state, Critical: true, Claim: 1 << 40, Preference: 1, DeadAfter: 2 * time.Second,
		Addresses: r.b.instanceAddresses(args[1]),
	}}
	for _, rec := range []discovery.Record{node, instance} {
		b, err := discovery.Encode("lab", rec)
		if err != nil {
			return err
		}
		unknown := []byte{0x12, 0x34, 0, 5, 1, 2, 3, 4, 5, 0, 0, 0} // a TLV of type 0x1234 with five bytes
		if err := p.flood(ctx, 222, append(b, unknown...)); err != nil {
			return err
		}
	}
	return nil
}
