// Package ospf floods records as opaque LSAs through FRR's ospfd. What it floods,
// and what the database says, is decided by discovery/opaque; this package drives
// the two connections of ospfd's API.
package ospf

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"srr/internal/discovery"
	"srr/internal/discovery/opaque"
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
	// Signatures says whether records are signed and verified. SetSignatures
	// replaces it.
	Signatures Signatures
	Log        *slog.Logger // default: none
}

// Medium is a discovery.Medium over FRR's ospfd.
type Medium struct {
	o       Options
	core    *opaque.Core  // the goroutine of Run owns it
	changed chan struct{} // something was Set
	signing atomic.Pointer[Signatures]

	mu     sync.Mutex
	wanted []discovery.Record
}

// Signatures are the mode, and who knows the keys.
type Signatures = opaque.Signatures

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
	m := &Medium{o: o, changed: make(chan struct{}, 1)}
	m.signing.Store(&o.Signatures)
	m.core = opaque.New(opaque.Options{
		RouterID: o.RouterID, OpaqueType: o.OpaqueType, AllowLink: o.AllowLink, LinkAddrs: linkAddrs,
		Timeout: o.Timeout, Ping: o.Ping, Audit: o.Audit,
		Codec: opaque.Cluster(o.Cluster), Place: func() uint16 { return uint16(rand.Uint32()) },
	}, &o.Signatures)
	return m
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

// SetSignatures changes how records are signed and verified while they are
// flooded. Everything is judged again, and flooded again where it has to be.
func (m *Medium) SetSignatures(s Signatures) error {
	if err := s.Check(); err != nil {
		return err
	}
	m.signing.Store(&s)
	return nil
}

// accept hands what was Set to the core.
func (m *Medium) accept(now time.Time) {
	m.mu.Lock()
	records := m.wanted
	m.mu.Unlock()
	m.core.Set(now, records)
}

// Run implements discovery.Medium. It opens its sockets in the network namespace
// of the calling thread.
func (m *Medium) Run(ctx context.Context, sink func(discovery.Event)) error {
	if err := m.o.check(); err != nil {
		return err
	}
	for {
		err := newSession(m, sink).run(ctx)
		if ctx.Err() != nil {
			return nil
		}
		m.tell(m.core.Lost(err), sink)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(m.o.Retry):
		}
	}
}

// tell passes on what the core has to say.
func (m *Medium) tell(o opaque.Output, sink func(discovery.Event)) {
	for _, e := range o.Events {
		sink(e)
	}
	for _, l := range o.Lines {
		if l.Err == nil {
			m.o.Log.Info(l.Message)
		} else {
			m.o.Log.Warn(l.Message, "err", l.Err)
		}
	}
}

func (o *Options) check() error {
	switch {
	case o.Cluster == "":
		return errors.New("run OSPF medium: no name of the cluster")
	case o.RouterID == 0:
		return errors.New("run OSPF medium: no router ID")
	case o.Signatures.Check() != nil:
		return fmt.Errorf("run OSPF medium: %w", o.Signatures.Check())
	case o.OpaqueType < 128:
		return fmt.Errorf("run OSPF medium: opaque type %d is reserved by IANA, use 128 to 255", o.OpaqueType)
	}
	return nil
}
