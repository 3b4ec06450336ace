package discovery

import (
	"context"

	"srr/internal/routerid"
)

// Medium floods records and tells which nodes can be reached. Implementations
// pass the suite in mediumtest.
type Medium interface {
	// Run connects, keeps the connection and hands events to sink, in order,
	// from one goroutine, until ctx ends. Run returns an error only if it can
	// never succeed; a medium that cannot be reached yet or any more is retried
	// at least once a second and reported as Down.
	Run(ctx context.Context, sink func(Event)) error
	// Set replaces the set of records that this node wants flooded: one per
	// key. What is no longer in the set is flushed. A record with a new
	// version is flooded at once. Set may be called at any time from any
	// goroutine; while the medium is down the set is remembered, but see Down.
	Set(records []Record)
}

// Event is something that a Medium observed.
type Event interface{ isEvent() }

// Up: connected and synchronised; everything that the medium holds has been
// reported. OwnHighest is the highest incarnation that it holds of this node,
// 0 for none: a fresh incarnation must be higher.
type Up struct{ OwnHighest uint64 }

// Down: the connection to the medium is lost, or the medium is. The medium
// forgets what was Set; the node floods under a new incarnation after Up.
type Down struct{ Err error }

// Seen: a record is in the medium. Also for the node's own records: their echo.
type Seen struct{ Record Record }

// Gone: the record of this version was flushed. An older version than the
// newest seen is without meaning.
type Gone struct {
	Key     Key
	Version Version
}

// Reachable is a level: all routers that the medium reaches, whether they run
// srrd or not, without this node itself. Source names who says so.
type Reachable struct {
	Routers map[routerid.ID]Reach
}

// Reach is how sure the medium is of a router.
type Reach struct {
	State  ReachState
	Source string // "spf", "bfd", "type-4", …
}

// ReachState is Up, Suspect or Down.
type ReachState uint8

// The states; a router that is not listed is Down.
const (
	ReachDown ReachState = iota
	ReachSuspect
	ReachUp
)

// Links is a level: what the join gate wants to know of the adjacencies.
type Links struct {
	Waiting    int           // interfaces that have not left Waiting
	Exchanging int           // neighbors between ExStart and Loading
	Full       []routerid.ID // neighbors that are Full, sorted
}

// Rejected: something in the medium claims to be a record of this cluster and
// cannot be used. It never influences anything; it is for the operator.
//
// An Err that wraps ErrNotTrusted: it is not proved to be the author's. Then it
// is used where signatures are asked to warn only; and a Rejected without Err
// says that everything of the author is trusted again.
type Rejected struct {
	Author routerid.ID
	Where  string // link-state ID and type
	Err    error
	Again  bool // it was told before, and is still there
}

// Refused: the medium does not take a record of this node, or none at all, for
// example because the opaque type has another owner.
type Refused struct {
	Key Key // of the record; zero: the medium as a whole
	Err error
}

func (Up) isEvent()        {}
func (Down) isEvent()      {}
func (Seen) isEvent()      {}
func (Gone) isEvent()      {}
func (Reachable) isEvent() {}
func (Links) isEvent()     {}
func (Rejected) isEvent()  {}
func (Refused) isEvent()   {}
