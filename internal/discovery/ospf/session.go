package ospf

import (
	"context"
	"time"

	"srr/internal/discovery"
	"srr/internal/discovery/opaque"
	"srr/internal/frr/ospfapi"
)

// queueSize bounds the notifications between the connection's reader and the
// session; beyond it the reader waits, and ospfd buffers.
const queueSize = 4096

// maxAsked is more than the core ever has under way.
const maxAsked = 64

// session is one connection to ospfd.
type session struct {
	m    *Medium
	sink func(discovery.Event)

	api     *ospfapi.Client
	answers chan error // to what is asked, in its order; has room for all
	notes   chan ospfapi.Notification
	fence   uint32 // sequence number of the last RouterIDRequest
}

func newSession(m *Medium, sink func(discovery.Event)) *session {
	return &session{
		m: m, sink: sink,
		notes: make(chan ospfapi.Notification, queueSize), answers: make(chan error, maxAsked),
	}
}

// run connects and stays until the connection is lost or ctx ends. The error is
// never nil.
func (s *session) run(ctx context.Context) error {
	s.m.core.Sign(s.m.signing.Load())
	if err := s.m.core.Open(time.Now()); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	api, err := ospfapi.Dial(ctx, ospfapi.Options{Server: s.m.o.Address, Timeout: s.m.o.Timeout}, func(n ospfapi.Notification) {
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
	return s.loop(ctx)
}

// loop takes what comes, until the connection ends.
func (s *session) loop(ctx context.Context) error {
	s.m.accept(time.Now())
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		if err := s.step(); err != nil {
			return err
		}
		now := time.Now()
		timer.Reset(s.m.core.Deadline(now).Sub(now))
		select {
		case n := <-s.notes:
			s.take(n)
		case err := <-s.answers:
			s.m.core.Answered(time.Now(), answerOf(err))
		case <-s.m.changed:
			s.m.accept(time.Now())
		case <-timer.C:
		case <-s.api.Done():
			return s.api.Err()
		case <-ctx.Done():
			return ctx.Err()
		}
		s.drain()
	}
}

// drainMost bounds what is taken before the core looks at it.
const drainMost = 256

// drain takes what else has arrived, so that levels are reported once for all, and
// what is urgent by now goes before what was wanted earlier.
func (s *session) drain() {
	for range drainMost {
		select {
		case n := <-s.notes:
			s.take(n)
		case err := <-s.answers:
			s.m.core.Answered(time.Now(), answerOf(err))
		case <-s.m.changed:
			s.m.accept(time.Now())
		default:
			return
		}
	}
}

func (s *session) take(n ospfapi.Notification) {
	if bad, is := n.(ospfapi.Malformed); is {
		s.m.o.Log.Warn("ospfd sent what cannot be read", "err", bad.Err)
		return
	}
	if told := notificationOf(n, s.fence); told != nil {
		s.m.core.Take(time.Now(), told)
	}
}

// step lets the core decide, and asks ospfd for what it wants.
func (s *session) step() error {
	s.m.core.Sign(s.m.signing.Load())
	o, err := s.m.core.Step(time.Now())
	s.m.tell(o, s.sink)
	if err != nil {
		return err
	}
	for i := range o.Requests {
		if err := s.post(&o.Requests[i]); err != nil {
			return err
		}
	}
	return nil
}

func (s *session) post(r *opaque.Request) error {
	if r.Kind == opaque.RouterID {
		if err := s.beforePing(); err != nil {
			return err
		}
	}
	request, err := s.m.o.requestOf(r)
	if err != nil {
		return err
	}
	seq, err := s.api.Post(request, func(err error) { s.answers <- err })
	if r.Kind == opaque.RouterID {
		s.fence = seq
	}
	return err
}

// beforePing: asking an ospfd without an OSPF instance would crash it.
func (s *session) beforePing() error {
	at := s.m.o.Address
	if at.Addr().IsLoopback() && at.Port() == ospfapi.Port && !ospfapi.HasInstance() {
		return ospfapi.ErrNoInstance
	}
	return nil
}
