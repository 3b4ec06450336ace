package opaque

import (
	"fmt"
	"time"

	"srr/internal/discovery"
)

// Kind is what ospfd is asked for.
type Kind uint8

// The kinds of requests. RouterID is a fence: its notification comes after
// everything that earlier requests asked for.
const (
	RouterID Kind = iota
	RegisterType
	RegisterEvents
	SyncInterfaces
	SyncNeighbors
	SyncReachable
	SyncLSDB
	Originate
	Flush
)

// Request is one question to ospfd. It answers them in their order.
type Request struct {
	Kind    Kind
	LSA     Name   // of Originate and Flush; of RegisterType, the LSA type
	Payload []byte // of Originate
}

// Verdict is how ospfd answers.
type Verdict uint8

// The verdicts.
const (
	Done Verdict = iota
	// Refused: this one request, and nothing else.
	Refused
	NoSuchLSA
	TypeInUse // the opaque type has another owner
	Failed    // the connection is lost, or ospfd has forgotten this client
)

// Answer is that to the oldest request which has none.
type Answer struct {
	Verdict Verdict
	Err     error // why, unless Done
}

// pending is a request that ospfd has not answered.
type pending struct {
	Request
	at     time.Time
	record *discovery.Record // of Originate
}

// ask hands a request out with the next Output.
func (c *Core) ask(r Request, record *discovery.Record, now time.Time) {
	c.asked = append(c.asked, pending{r, now, record})
	c.out = append(c.out, r)
}

// Answered takes the answer to the oldest request.
func (c *Core) Answered(now time.Time, a Answer) {
	if len(c.asked) == 0 || c.err != nil {
		return
	}
	p := c.asked[0]
	c.asked = append(c.asked[:0], c.asked[1:]...)
	switch {
	case a.Verdict == Failed:
		c.err = a.Err
	case p.Kind == Originate:
		c.originated(p.record, p.LSA, a, now)
	case p.Kind == Flush:
		c.flushed(p.LSA, a, now)
	case p.Kind == RegisterType && a.Verdict == TypeInUse:
		c.err = refusal{fmt.Errorf("register opaque type %d for LSA type %d: it has another owner on this ospfd: "+
			"another srrd, or another program that uses the OSPF API: %w", c.o.OpaqueType, p.LSA.Type, a.Err)}
	case a.Verdict != Done:
		c.err = a.Err
	case p.Kind == RouterID:
		c.refence = now.Add(fenceRetry)
	}
}

// overdue tells a frozen ospfd from a quiet one.
func (c *Core) overdue(now time.Time) error {
	if len(c.asked) > 0 && now.Sub(c.asked[0].at) >= c.o.Timeout {
		return fmt.Errorf("no reply from ospfd for %s", c.o.Timeout)
	}
	return nil
}
