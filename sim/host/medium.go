package host

import (
	"errors"
	"time"

	"srr/internal/discovery"
	"srr/internal/discovery/opaque"
	"srr/internal/node"
	"srr/internal/routerid"
)

// The times of the medium's shell, as internal/discovery/ospf has them.
const (
	opaqueType  = 222
	retry       = 200 * time.Millisecond
	dialTimeout = 3 * time.Second
	ping        = time.Second
	audit       = 5 * time.Minute // ten times what it is: here nothing that ospfd tells gets lost
)

// medium drives the medium of srrd (internal/discovery/opaque) over the ospfd of the
// machine, as internal/discovery/ospf does over FRR's: it is a goroutine beside the
// loop, which takes what has come, lets the core decide, and waits for its deadline.
type medium struct {
	d       *daemon
	core    *opaque.Core
	api     *api // the connection, nil: none
	turning bool
	turn    func()
	wakeAt  time.Time // when a turn is planned because of a deadline; zero: never
}

func newMedium(d *daemon) *medium {
	m := &medium{d: d}
	m.turn = m.takeTurn
	m.core = opaque.New(opaque.Options{
		RouterID: d.host.ID, OpaqueType: opaqueType,
		AllowLink: true, LinkAddrs: func(string) ([]uint32, error) { return d.host.Router.Addrs(), nil },
		Timeout: dialTimeout, Audit: audit,
		Codec: codec{d.host.env, d.newer}, Place: func() uint16 { return uint16(d.host.env.Random.Uint32()) },
	}, &opaque.Signatures{})
	return m
}

// codec encodes as the version of the daemon does, and decodes each body once.
type codec struct {
	env   *Env
	newer bool
}

// unknownTLV is what a later version says that this one does not know.
var unknownTLV = []byte{0x0f, 0xff, 0, 4, 1, 2, 3, 4}

func (c codec) Encode(r *discovery.Record) ([]byte, error) {
	b, err := discovery.Encode(c.env.Cluster, *r)
	if err == nil && c.newer {
		b = append(b, unknownTLV...)
	}
	return b, err
}

func (c codec) Decode(author routerid.ID, payload []byte) (*discovery.Record, error) {
	return c.env.Decode(author, payload)
}

// clock is the time as the medium counts it.
func (m *medium) clock() time.Time { return wallStart.Add(m.d.host.clock.bootTime(m.d.host.now())) }

// dial connects to ospfd, which connects back, if it runs: one that is frozen is
// given up on after a while.
func (m *medium) dial() {
	if err := m.core.Open(m.clock()); err != nil {
		m.lost(err)
		return
	}
	h := m.d.host
	if !h.Router.Running() {
		m.lost(errors.New("connection refused"))
		return
	}
	a := newAPI(m)
	m.api = a
	a.connect()
	m.d.after(dialTimeout, func() {
		m.d.unfrozen(func() {
			if m.api == a && !a.open {
				m.lost(errors.New("i/o timeout"))
			}
		})
	})
}

// lost ends the connection, and tries again later.
func (m *medium) lost(err error) {
	if m.api != nil {
		m.api.close()
		m.api = nil
	}
	m.pass(m.core.Lost(err))
	m.wakeAt = time.Time{}
	m.d.after(retry, func() { m.d.unfrozen(m.dial) })
}

// close: the process has ended, and its connection with it.
func (m *medium) close() {
	if m.api != nil {
		m.api.close()
	}
}

// set replaces the set of records that are flooded.
func (m *medium) set(records []discovery.Record) {
	m.core.Set(m.clock(), records)
	m.turnSoon(0)
}

// pingSoon asks ospfd whether it is there. That happens once a second; but only when
// ospfd stands still something follows from it, so only then it is simulated.
func (m *medium) pingSoon() {
	m.d.after(m.d.host.env.between(0, ping), func() {
		m.core.Ping(m.clock())
		m.turnSoon(0)
	})
}

// turnSoon plans a turn, which takes all that has come by then.
func (m *medium) turnSoon(after time.Duration) {
	if !m.turning {
		m.turning = true
		m.d.host.after(after, m.turn)
	}
}

func (m *medium) takeTurn() {
	switch {
	case !m.d.alive():
	case m.d.frozen:
		m.d.unfrozen(m.turn)
	default:
		m.turning = false
		m.d.guarded(m.work)
	}
}

// work is one turn: what has come, what the core makes of it, what it asks for.
func (m *medium) work() {
	a := m.api
	if a == nil || !a.open {
		return
	}
	now := m.clock()
	a.read(now)
	o, err := m.core.Step(now)
	m.pass(o)
	switch {
	case err != nil:
		m.lost(err)
	case a.ended:
		m.lost(errors.New("ospfd closed the connection"))
	default:
		a.post(o.Requests)
		m.schedule(now)
	}
}

// pass hands what was learned to the loop.
func (m *medium) pass(o opaque.Output) {
	for _, e := range o.Events {
		m.d.tell(node.Medium{Event: e})
	}
}

// schedule plans the turn that the core's deadline asks for.
func (m *medium) schedule(now time.Time) {
	at := m.core.Deadline(now)
	if at.IsZero() || !m.wakeAt.IsZero() && !m.wakeAt.After(at) {
		return
	}
	h := m.d.host
	m.wakeAt = at
	h.after(max(h.clock.when(at.Sub(wallStart))-h.now(), 0), func() {
		if m.wakeAt.Equal(at) && m.d.alive() {
			m.wakeAt = time.Time{}
			m.turnSoon(0)
		}
	})
}
