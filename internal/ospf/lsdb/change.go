package lsdb

// Change is what an operation did to one LSA.
type Change struct {
	Kind Kind
	Old  *Entry // nil: there was none
	New  *Entry // nil: there is none any more
}

// Kind is the kind of a change.
type Kind uint8

// The kinds. Only Added, Changed, Expired and Removed can change a route
// (RFC 2328, section 13.2).
const (
	Unchanged Kind = iota // the same or an older instance, or nothing to remove; New is what is stored
	Added                 // a new LSA
	Refreshed             // a newer instance with the same content
	Changed               // a newer instance with other content
	Flushed               // a newer instance of age MaxAge: its originator withdrew it
	Expired               // reached MaxAge here, without a refresh
	Removed               // not in the database any more
)

var kindNames = [...]string{"unchanged", "added", "refreshed", "changed", "flushed", "expired", "removed"}

func (k Kind) String() string { return kindNames[int(k)%len(kindNames)] }

// Matters reports whether routes may have changed.
func (c Change) Matters() bool { return c.Kind != Unchanged && c.Kind != Refreshed }
