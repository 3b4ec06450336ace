package opaque

import (
	"errors"
	"time"
)

// quarantine is how long the ID of an LSA that left the database is not used
// again: other routers keep the flushed LSA for about a minute longer, and would
// hold back a new one of the same ID.
const quarantine = 2 * time.Minute

var errRingFull = errors.New("no free opaque ID: 65,536 were used within two minutes")

// ring hands out opaque IDs that no LSA of ours had lately:
// incarnation mod 256 (8 bits), counter (16 bits).
type ring struct {
	opaqueType uint8
	prefix     uint32
	counter    uint16
	held       map[Name]bool
	copies     map[uint32]int       // by link-state ID: held in how many types and areas
	freed      map[uint32]time.Time // by link-state ID
}

func newRing(opaqueType uint8) *ring {
	return &ring{
		opaqueType: opaqueType, held: map[Name]bool{},
		copies: map[uint32]int{}, freed: map[uint32]time.Time{},
	}
}

// start moves on to the IDs of an incarnation, from a random place.
func (r *ring) start(incarnation uint64, place uint16) {
	r.prefix = uint32(r.opaqueType)<<24 | uint32(uint8(incarnation))<<16
	r.counter = place
}

// appeared marks an ID as taken, whatever the age of its LSA.
func (r *ring) appeared(k Name) {
	if !r.held[k] {
		r.held[k] = true
		r.copies[k.ID]++
	}
}

// left gives an ID up, to be used again after the quarantine.
func (r *ring) left(k Name, now time.Time) {
	if !r.held[k] {
		return
	}
	delete(r.held, k)
	if r.copies[k.ID]--; r.copies[k.ID] == 0 {
		delete(r.copies, k.ID)
		r.freed[k.ID] = now
	}
}

// next returns a fresh link-state ID.
func (r *ring) next(now time.Time) (uint32, error) {
	for range 1 << 16 {
		r.counter++
		id := r.prefix | uint32(r.counter)
		freed, was := r.freed[id]
		if r.copies[id] > 0 || was && now.Sub(freed) < quarantine {
			continue
		}
		delete(r.freed, id)
		return id, nil
	}
	return 0, errRingFull
}
