package ospf

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"srr/internal/discovery"
	"srr/internal/frr/ospfapi"
)

// queueSize bounds the notifications between the connection's reader and the
// session; beyond it the reader waits, and ospfd buffers.
const queueSize = 4096

// openTimeout bounds the first synchronisation.
const openTimeout = 30 * time.Second

// fenceRetry is when a fence is repeated: ospfd may drop what stands in its
// queue behind an LSA that is too large for the API.
const fenceRetry = 200 * time.Millisecond

// session is one connection to ospfd.
type session struct {
	m    *Medium
	o    *Options
	sink func(discovery.Event)

	api     *ospfapi.Client
	notes   chan ospfapi.Notification
	fence   uint32 // sequence number of the last SYNC_ROUTER_ID
	fenced  bool   // it was answered
	wrongID error  // ospfd has another router ID
	up      bool
	since   time.Time // of up

	ring  *ring
	out   *outbox
	reach *reach
	links *links
	told  told

	flooded   uint64 // highest incarnation flooded
	strangers map[uint64]bool
	nextPing  time.Time
	nextAudit time.Time
}

func newSession(m *Medium, sink func(discovery.Event)) *session {
	return &session{
		m: m, o: &m.o, sink: sink,
		notes: make(chan ospfapi.Notification, queueSize),
		ring:  newRing(m.o.OpaqueType), out: newOutbox(),
		reach: newReach(m.o.RouterID), links: newLinks(m.o.RouterID),
		strangers: map[uint64]bool{},
	}
}

// run connects and stays until the connection is lost or ctx ends. The error is
// never nil.
func (s *session) run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	api, err := ospfapi.Dial(ctx, ospfapi.Options{Server: s.o.Address, Timeout: s.o.Timeout}, func(n ospfapi.Notification) {
		select {
		case s.notes <- n:
		case <-ctx.Done():
		}
	})
	if err != nil {
		return err
	}
	s.api = api
	defer func() {
		api.Close()
		cancel()
		<-api.Done()
	}()
	s.m.db.reset(time.Now())
	opening, stop := context.WithTimeout(ctx, openTimeout)
	err = s.open(opening)
	stop()
	if err != nil {
		return err
	}
	return s.loop(ctx)
}

func (s *session) filter() ospfapi.Filter {
	types := ospfapi.TypeMask(ospfapi.ASBRSummaryLSA, ospfapi.OpaqueAreaLSA, ospfapi.OpaqueASLSA)
	if s.o.AllowLink {
		types |= ospfapi.TypeMask(ospfapi.OpaqueLinkLSA)
	}
	return ospfapi.Filter{Types: types, Origin: ospfapi.AnyOrigin}
}

// open registers, reads everything and reports it, and ends with Up.
func (s *session) open(ctx context.Context) error {
	if err := s.fenceOff(ctx); err != nil { // and learn the router ID
		return err
	}
	if err := s.register(ctx); err != nil {
		return err
	}
	if err := s.api.RegisterEvent(ctx, s.filter()); err != nil {
		return err
	}
	if err := s.audit(ctx); err != nil {
		return err
	}
	if err := s.fenceOff(ctx); err != nil {
		return err
	}
	s.levels()
	s.emit(s.m.db.settle()...)
	own := s.m.db.ownHighest(s.o.RouterID)
	s.m.forget(own)
	s.up, s.since = true, time.Now()
	s.o.Log.Info("OSPF medium is up")
	s.emit(discovery.Up{OwnHighest: own})
	return nil
}

func (s *session) register(ctx context.Context) error {
	types := []uint8{ospfapi.OpaqueAreaLSA, ospfapi.OpaqueASLSA}
	if s.o.AllowLink {
		types = append(types, ospfapi.OpaqueLinkLSA)
	}
	for _, t := range types {
		err := s.api.RegisterOpaqueType(ctx, t, s.o.OpaqueType)
		if errors.Is(err, ospfapi.ErrOpaqueTypeInUse) {
			return refusal{fmt.Errorf("register opaque type %d for LSA type %d: it has another owner on this ospfd: "+
				"another srrd, or another program that uses the OSPF API: %w", s.o.OpaqueType, t, err)}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// audit asks for everything. The answers come as notifications. What is missing
// from them is not taken for gone: ospfd drops notifications that stand behind
// an LSA too large for the API, and absence would end in two holders.
func (s *session) audit(ctx context.Context) error {
	s.nextAudit = time.Now().Add(s.o.Audit)
	for _, sync := range []func(context.Context) (uint32, error){s.api.SyncISM, s.api.SyncNSM, s.api.SyncReachable} {
		if _, err := sync(ctx); err != nil {
			return err
		}
	}
	_, err := s.api.SyncLSDB(ctx, s.filter())
	return err
}

// ping tells a frozen ospfd from a quiet one, and asks for the router ID.
func (s *session) ping(ctx context.Context) error {
	s.nextPing = time.Now().Add(s.o.Ping)
	if s.o.Address.Addr().IsLoopback() && s.o.Address.Port() == ospfapi.Port && !ospfapi.HasInstance() {
		return ospfapi.ErrNoInstance // asking would crash it
	}
	seq, err := s.api.SyncRouterID(ctx)
	s.fence, s.fenced = seq, false
	return err
}

// fenceOff returns when every notification that was under way has been taken:
// the answer to a SYNC_ROUTER_ID stands behind them in the same connection.
func (s *session) fenceOff(ctx context.Context) error {
	for {
		if err := s.ping(ctx); err != nil {
			return err
		}
		retry := time.NewTimer(fenceRetry)
		err := s.awaitFence(ctx, retry.C)
		retry.Stop()
		if err != nil || s.fenced {
			return err
		}
	}
}

func (s *session) awaitFence(ctx context.Context, retry <-chan time.Time) error {
	for !s.fenced {
		select {
		case n := <-s.notes:
			s.take(n, time.Now())
		case <-s.api.Done():
			return s.api.Err()
		case <-ctx.Done():
			return fmt.Errorf("synchronise with ospfd: %w", context.Cause(ctx))
		case <-retry:
			return nil
		}
		if s.wrongID != nil {
			return s.wrongID
		}
	}
	return nil
}

// loop takes what comes, until the connection ends.
func (s *session) loop(ctx context.Context) error {
	s.accept()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		if err := s.step(ctx); err != nil {
			return err
		}
		timer.Reset(time.Until(s.deadline(time.Now())))
		select {
		case n := <-s.notes:
			s.take(n, time.Now())
			s.drain()
		case <-s.m.changed:
			s.accept()
		case <-timer.C:
		case <-s.api.Done():
			return s.api.Err()
		case <-ctx.Done():
			return ctx.Err()
		}
		if s.wrongID != nil {
			return s.wrongID
		}
	}
}

// drain takes what else has arrived, so that levels are reported once for all.
func (s *session) drain() {
	for range queueSize {
		select {
		case n := <-s.notes:
			s.take(n, time.Now())
		default:
			return
		}
	}
}

// accept takes over what was Set.
func (s *session) accept() {
	s.out.set(s.m.take())
	incarnation := s.out.incarnation()
	if incarnation <= s.flooded {
		return
	}
	s.flooded = incarnation
	s.ring.start(incarnation, uint16(rand.Uint32()))
	now := time.Now()
	for _, k := range s.m.db.former(s.o.RouterID, incarnation) {
		s.out.boomerang(k, now)
	}
}

func (s *session) deadline(now time.Time) time.Time {
	d := earlier(s.nextPing, s.nextAudit)
	d = earlier(d, s.m.db.deadline())
	d = earlier(d, s.reach.deadline())
	return earlier(d, s.out.deadline(now))
}

func (s *session) emit(events ...discovery.Event) {
	for _, e := range events {
		s.sink(e)
	}
}
