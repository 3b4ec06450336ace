// Package ospf floods records as opaque LSAs (RFC 5250) through FRR's ospfd.
//
// Every version of a record takes a fresh opaque ID: an LSA that is updated in
// place waits up to 5 s in ospfd, and a restarted ospfd brings old payloads back
// under the IDs that they had. The new LSA is originated first, then the old one
// is flushed. docs/protocol.md describes what is on the wire.
//
// One goroutine, that of Run, owns everything. database, ring, reach, links and
// outbox are plain state with the time as an argument; session connects them
// to ospfd.
package ospf

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"sync"
	"time"

	"srr/internal/discovery"
	"srr/internal/frr/ospfapi"
	"srr/internal/routerid"
)

// DefaultOpaqueType is the opaque type of the records, from the range for
// experiments (RFC 5250, section 7).
const DefaultOpaqueType = 222

// Options of New.
type Options struct {
	Cluster    string         // required
	RouterID   routerid.ID    // required: what the configuration says, and ospfd must agree
	Address    netip.AddrPort // of ospfd's API; default 127.0.0.1:2607
	OpaqueType uint8          // default DefaultOpaqueType; 128 to 255
	// AllowLink permits scope link, LSA type 9: FRR 8.4.4 crashes when an
	// interface goes down that such an LSA belongs to.
	AllowLink bool
	// Retry is the pause between attempts to connect; default 200 ms.
	Retry time.Duration
	// Timeout of connecting and of each request; default ospfapi.DefaultTimeout.
	// A frozen ospfd is noticed after Ping + Timeout.
	Timeout time.Duration
	Ping    time.Duration // default 1 s
	Audit   time.Duration // how often everything is read again; default 30 s
	Log     *slog.Logger  // default: none
}

// Medium is a discovery.Medium over FRR's ospfd.
type Medium struct {
	o       Options
	changed chan struct{} // something was Set
	db      *database

	mu     sync.Mutex
	wanted []discovery.Record
	floor  uint64 // records of incarnations up to this one are not flooded any more
}

var _ discovery.Medium = (*Medium)(nil)

// New prepares a medium; Run does everything.
func New(o Options) *Medium {
	if !o.Address.IsValid() {
		o.Address = netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), ospfapi.Port)
	}
	o.OpaqueType = cmp.Or(o.OpaqueType, DefaultOpaqueType)
	o.Retry = cmp.Or(o.Retry, 200*time.Millisecond)
	o.Timeout = cmp.Or(o.Timeout, ospfapi.DefaultTimeout)
	o.Ping = cmp.Or(o.Ping, time.Second)
	o.Audit = cmp.Or(o.Audit, 30*time.Second)
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Medium{o: o, changed: make(chan struct{}, 1), db: newDatabase(o.Cluster)}
}

// Set hands the records over and returns at once; of several sets in a row only
// the last may be seen. Records of an incarnation that was flooded before the
// last Down, or that is not higher than Up.OwnHighest, are not flooded.
func (m *Medium) Set(records []discovery.Record) {
	m.mu.Lock()
	m.wanted = slices.Clone(records)
	m.mu.Unlock()
	select {
	case m.changed <- struct{}{}:
	default:
	}
}

// take returns the records that may be flooded.
func (m *Medium) take() []discovery.Record {
	m.mu.Lock()
	defer m.mu.Unlock()
	fresh := slices.Clone(m.wanted)
	return slices.DeleteFunc(fresh, func(r discovery.Record) bool { return r.Version.Incarnation <= m.floor })
}

// forget makes everything up to an incarnation a thing of the past.
func (m *Medium) forget(incarnation uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.floor = max(m.floor, incarnation)
}

// refusal is an error that ospfd will not get over by itself.
type refusal struct{ error }

func (r refusal) Unwrap() error { return r.error }

// Run implements discovery.Medium. It opens its sockets in the network namespace
// of the calling thread.
func (m *Medium) Run(ctx context.Context, sink func(discovery.Event)) error {
	if err := m.o.check(); err != nil {
		return err
	}
	down, last := false, ""
	for {
		s := newSession(m, sink)
		err := s.run(ctx)
		if ctx.Err() != nil {
			return nil
		}
		m.forget(s.flooded)
		if !down || s.up {
			sink(discovery.Down{Err: err})
		}
		if err.Error() != last || s.up {
			m.o.Log.Warn("OSPF medium is down", "err", err)
			if r := (refusal{}); errors.As(err, &r) {
				sink(discovery.Refused{Err: err})
			}
		}
		down, last = true, err.Error()
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(m.o.Retry):
		}
	}
}

func (o *Options) check() error {
	switch {
	case o.Cluster == "":
		return errors.New("run OSPF medium: no name of the cluster")
	case o.RouterID == 0:
		return errors.New("run OSPF medium: no router ID")
	case o.OpaqueType < 128:
		return fmt.Errorf("run OSPF medium: opaque type %d is reserved by IANA, use 128 to 255", o.OpaqueType)
	}
	return nil
}
