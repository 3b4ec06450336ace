// Package opaque decides how records become opaque LSAs (RFC 5250) and opaque
// LSAs records, at one router whose ospfd floods them.
//
// Every version of a record takes a fresh opaque ID: an LSA that is updated in
// place waits up to 5 s in ospfd, and a restarted ospfd brings old payloads back
// under the IDs that they had. The new LSA is originated first, then the old one
// is flushed. docs/protocol.md describes what is on the wire.
//
// It is pure: what ospfd tells and answers goes in (Take, Answered), what it is to
// be asked and what was learned comes out (Step), and the time is an argument.
// discovery/ospf connects it to FRR, sim/host to a simulated network.
package opaque

import (
	"errors"
	"fmt"
	"time"

	"srr/internal/discovery"
	"srr/internal/routerid"
)

// Options of New. All are required but AllowLink and LinkAddrs.
type Options struct {
	RouterID   routerid.ID // what the configuration says, and ospfd must agree
	OpaqueType uint8       // of the records
	// AllowLink permits scope link, LSA type 9: FRR 8.4.4 crashes when an
	// interface goes down that such an LSA belongs to.
	AllowLink bool
	LinkAddrs func(link string) ([]uint32, error) // the IPv4 addresses of an interface
	// Timeout of each request. A frozen ospfd is noticed after Ping + Timeout.
	Timeout time.Duration
	Ping    time.Duration // how often the core calls Ping by itself; zero: not at all
	Audit   time.Duration // how often everything is read again
	Codec   Codec
	Place   func() uint16 // where the IDs of an incarnation begin: random
}

// Codec turns records into what is flooded, without signatures, and back.
type Codec interface {
	Encode(*discovery.Record) ([]byte, error)
	// Decode returns a record that nobody writes to.
	Decode(author routerid.ID, payload []byte) (*discovery.Record, error)
}

// Cluster is the Codec of the records of one cluster.
type Cluster string

// Encode implements Codec.
func (c Cluster) Encode(r *discovery.Record) ([]byte, error) { return discovery.Encode(string(c), *r) }

// Decode implements Codec.
func (c Cluster) Decode(author routerid.ID, payload []byte) (*discovery.Record, error) {
	r, err := discovery.Decode(string(c), author, payload)
	return &r, err
}

// Core is the medium of one router. The caller owns it.
type Core struct {
	o       Options
	db      *database
	signing *Signatures
	wanted  []discovery.Record
	floor   uint64 // records of incarnations up to this one are not flooded any more

	session
	down bool   // and that was told
	last string // why

	out    []Request
	events []discovery.Event
	lines  []Line
}

// Line is for the log. Without an error it is no complaint.
type Line struct {
	Message string
	Err     error
}

// Output is what a Step hands out.
type Output struct {
	Requests []Request // to be asked in this order
	Events   []discovery.Event
	Lines    []Line
}

// New returns a medium without a connection.
func New(o Options, s *Signatures) *Core {
	return &Core{o: o, db: newDatabase(o.Codec, newTrust()), signing: s}
}

// Set replaces the records that are to be flooded, and keeps them. Those of an incarnation that
// was flooded before the last Down, or that is not higher than Up.OwnHighest,
// are not.
func (c *Core) Set(now time.Time, records []discovery.Record) {
	c.wanted = records
	if c.up {
		c.accept(now)
	}
}

// Open begins a connection: everything will be read anew, beginning with the next
// Step. The error says why there must not be one.
func (c *Core) Open(now time.Time) error {
	c.session = newSession(c.o)
	c.out = nil
	if err := c.disowned(); err != nil {
		return err
	}
	c.emit(c.db.reset(now, c.signing)...)
	return nil
}

// Step does what is due. The error ends the connection; the output counts
// nevertheless.
func (c *Core) Step(now time.Time) (Output, error) {
	err := c.err
	if err == nil && !c.up {
		err = c.opening(now)
	}
	if err == nil && c.up {
		err = c.step(now)
	}
	o := Output{c.out, c.events, c.lines}
	c.out, c.events, c.lines = nil, nil, nil
	return o, err
}

// Lost is the end of a connection, or that there was none, and why.
func (c *Core) Lost(err error) Output {
	c.forget(c.flooded)
	if !c.down || c.up {
		c.emit(discovery.Down{Err: err})
	}
	if err.Error() != c.last || c.up {
		c.say("OSPF medium is down", err)
		if r := (refusal{}); errors.As(err, &r) {
			c.emit(discovery.Refused{Err: err})
		}
	}
	c.down, c.last, c.up = true, err.Error(), false
	o := Output{nil, c.events, c.lines}
	c.out, c.events, c.lines = nil, nil, nil
	return o
}

// refusal is an error that ospfd will not get over by itself.
type refusal struct{ error }

func (r refusal) Unwrap() error { return r.error }

// forget makes everything up to an incarnation a thing of the past.
func (c *Core) forget(incarnation uint64) { c.floor = max(c.floor, incarnation) }

func (c *Core) emit(events ...discovery.Event) {
	for _, e := range events {
		if !ofCertificate(e) {
			c.events = append(c.events, e)
		}
	}
}

func (c *Core) sayPurged(k Name) {
	c.say("a record of ours was purged, flooding it again", fmt.Errorf("%s", k))
}

func (c *Core) say(message string, err error) { c.lines = append(c.lines, Line{message, err}) }
