package lsdb

import (
	"time"

	"srr/internal/ospf/packet"
)

// Entry is one LSA in the database. It is immutable, so it may be kept and
// shared after it was replaced.
type Entry struct {
	Key Key
	LSA packet.LSA // its age is that of its arrival, see Age
	// Installed is when this instance arrived.
	Installed time.Duration
	size      int
}

// Age returns how old the LSA is now, from zero to packet.MaxAge (RFC 2328,
// section 14). The age of an LSA with the DoNotAge bit stands still.
func (e *Entry) Age(now time.Duration) time.Duration {
	age := e.LSA.Header.AgeDuration()
	if !e.LSA.Header.DoNotAge() {
		age += max(now-e.Installed, 0)
	}
	return min(age, packet.MaxAge)
}

// MaxAge reports whether the LSA is being flushed, or has come to its end
// without a refresh. It must not influence any route then.
func (e *Entry) MaxAge(now time.Duration) bool { return e.Age(now) == packet.MaxAge }

// Header returns the header with the age of now, as it would be flooded.
func (e *Entry) Header(now time.Duration) packet.Header {
	h := e.LSA.Header
	if !h.DoNotAge() || e.MaxAge(now) {
		h.Age = uint16(e.Age(now) / time.Second)
	}
	return h
}

// Compare tells whether an instance with header h is newer than e, as packet.Compare
// does. Their ages are looked at only if they count, which is rare.
func (e *Entry) Compare(h packet.Header, now time.Duration) int {
	if old := &e.LSA.Header; h.Seq != old.Seq || h.Checksum != old.Checksum {
		return packet.Compare(h, *old)
	}
	return packet.Compare(h, e.Header(now))
}

// At returns the LSA with the age of now. It shares its body with e.
func (e *Entry) At(now time.Duration) packet.LSA {
	return packet.LSA{Header: e.Header(now), Body: e.LSA.Body}
}

// expires is when the LSA reaches MaxAge; false if it never does.
func (e *Entry) expires() (time.Duration, bool) {
	h := e.LSA.Header
	if h.DoNotAge() && !h.IsMaxAge() {
		return 0, false
	}
	return e.Installed + packet.MaxAge - h.AgeDuration(), true
}
