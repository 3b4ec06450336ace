// Package discovery holds what nodes tell each other: the records, and the
// medium that floods them. It is pure; the media are packages of their own.
package discovery

import (
	"net/netip"
	"time"

	"srr/internal/routerid"
	"srr/internal/service"
)

// BootID is the kernel's /proc/sys/kernel/random/boot_id: it tells a restarted
// daemon from a rebooted host.
type BootID [16]byte

// Version orders the records of one author: the highest (Incarnation, Counter)
// wins, whatever arrives first.
type Version struct {
	Incarnation uint64 // grows with each start of the daemon and each loss of the medium; at most MaxIncarnation
	Counter     uint64 // grows with each record within an incarnation, from 1
}

// MaxIncarnation bounds incarnations: there is always a higher one to begin with.
const MaxIncarnation = 1 << 62

// MaxNumber bounds claims and the counters of intents, which are one more than the
// highest that anybody said.
const MaxNumber = 1 << 62

// Less reports whether v is older than w.
func (v Version) Less(w Version) bool {
	if v.Incarnation != w.Incarnation {
		return v.Incarnation < w.Incarnation
	}
	return v.Counter < w.Counter
}

// Record is what one node says about itself or about one of its instances, or
// the certificate of its key. Exactly one of Node, Instance and Certificate is set.
type Record struct {
	Author   routerid.ID
	Version  Version
	Nonce    uint64 // random per incarnation: unmasks a second node with our router ID
	Boot     BootID
	Node     *Node
	Instance *Instance
	// Certificate, in DER, vouches for the key that signs the author's records.
	// Media use it among themselves; it is no Event.
	Certificate []byte
}

// Key names what a record is about. A newer record with the same key replaces
// an older one.
type Key struct {
	Author  routerid.ID
	Service string // "" for the node record; what is no name for a certificate
}

// Key returns the key of r.
func (r *Record) Key() Key {
	k := Key{Author: r.Author}
	switch {
	case r.Instance != nil:
		k.Service = r.Instance.Service
	case r.Certificate != nil:
		k.Service = certificateKey
	}
	return k
}

// Node is the body of a node record, the thesis's daemon announcement.
type Node struct {
	Name     string         // host name, at most 64 bytes
	Console  netip.AddrPort // of the API and console; zero: none
	Software string         // version of srrd, at most 32 bytes
	Flags    NodeFlags
	// Instances is how many instance records the author floods with this one,
	// those that leave not counted: Settled says something only to who holds
	// the same. At most 65535.
	Instances int
	// InstanceSet tells which they are, see AddToSet.
	InstanceSet uint32
	// Suspects are the nodes that the author believes to be down though the
	// medium still reaches them, so that a third node can confirm. At most MaxSuspects.
	Suspects []routerid.ID
	// Confirmed are operators' words that something does not run, of services
	// that are not active here. At most MaxConfirmed.
	Confirmed []Confirmation
	// Intents of units whose own instance is not active here. At most MaxIntents.
	Intents []UnitIntent
}

// AddToSet adds a service to the fingerprint of a set of services: the sum of the
// FNV-1a hashes of their names, so that the order does not matter. A count alone
// would let the record of a service that has left stand for one that is missing.
func AddToSet(set uint32, service string) uint32 {
	h := uint32(2166136261)
	for _, c := range []byte(service) {
		h = (h ^ uint32(c)) * 16777619
	}
	return set + h
}

// NodeFlags are the flags of a node record.
type NodeFlags uint16

// The flags.
const (
	Drained     NodeFlags = 1 << iota // give your services away
	Maintenance                       // touch nothing that can be reached here
	CutOff                            // no Full neighbor: withdrawn, starts nothing
	JoinGate                          // joined a moment ago, or its router would not announce: starts nothing yet
	Settled                           // every instance that this daemon holds has a record by now
	SelfDoubt                         // the process was paused or starved lately
	NotDurable                        // the state file cannot be written
	NodeLeaving                       // the daemon ends on purpose and holds nothing any more
	Detached                          // the daemon ends on purpose and leaves its services running
	DrainHard                         // drained, and what cannot leave is stopped
	Duplicate                         // another node uses the author's router ID
)

// Has reports whether all flags of g are set.
func (f NodeFlags) Has(g NodeFlags) bool { return f&g == g }

// Confirmation is an operator's word that Service does not run on Node. It
// covers one boot and every incarnation up to the one named.
type Confirmation struct {
	Service     string
	Node        routerid.ID
	Boot        BootID
	Incarnation uint64
}

// UnitIntent is the intent for one unit.
type UnitIntent struct {
	Unit   service.Unit
	Intent Intent
}

// IntentKind is what operators want of a unit.
type IntentKind uint8

// The intents. IntentNone is the register that nobody wrote yet; it means run.
const (
	IntentNone IntentKind = iota
	IntentRun
	IntentStopped
	IntentPrefer
)

// Intent is one register per unit, replicated in every member's record. The
// highest IntentVersion wins.
type Intent struct {
	Kind    IntentKind
	Version IntentVersion
	Target  routerid.ID // of IntentPrefer
	Until   time.Time   // of IntentPrefer; zero: no expiry. Whole seconds. Judged by the target alone
	Author  string      // who asked, at most 32 bytes
	Reason  string      // why, at most 64 bytes
}

// IntentVersion orders writes of one register. At equal counters a stop beats
// everything else, then the author's incarnation and router ID decide.
type IntentVersion struct {
	Counter     uint64 // only operators raise it; at most MaxNumber
	Stopped     bool
	Incarnation uint64
	Author      routerid.ID
}

// Less reports whether v loses against w.
func (v IntentVersion) Less(w IntentVersion) bool {
	switch {
	case v.Counter != w.Counter:
		return v.Counter < w.Counter
	case v.Stopped != w.Stopped:
		return w.Stopped
	case v.Incarnation != w.Incarnation:
		return v.Incarnation < w.Incarnation
	}
	return v.Author < w.Author
}

// Instance is the body of an instance record, the thesis's service announcement.
type Instance struct {
	Service    string
	Group      string
	DependsOn  []string
	Addresses  []netip.Addr
	Critical   bool
	Preference int // 0–65535
	Scope      service.Scope
	Digest     [8]byte // of the configuration that must be equal everywhere
	State      service.State
	Flags      InstanceFlags
	Failure    Failure
	Claim      uint64 // of the unit on this node, at most MaxNumber; 0: never claimed
	Intent     Intent // of the unit
	// DeadAfter: so long after this record disappears from a reachable node,
	// the node guarantees to hold nothing of the service. 0: never by itself.
	// Whole milliseconds.
	DeadAfter     time.Duration
	CheckInterval time.Duration // whole milliseconds; 0: not checked
	CheckedAt     time.Time     // whole seconds; of the last check before this record; zero: none
	Health        service.Health
	// Confirmed are operators' words that the service does not run on other
	// nodes, at most MaxConfirmed; Service is that of the record.
	Confirmed []Confirmation
	// Unknown are nodes that fell silent while they held the service, and never
	// release it by themselves: for who comes later and did not hear them. At
	// most MaxUnknown.
	Unknown []routerid.ID
}

// Holds reports whether the instance blocks every other starter: its
// state does, unless it is stopping and its addresses are gone already.
func (i *Instance) Holds() bool {
	return i.State.Held() && !(i.State == service.Stopping && i.Flags.Has(Released))
}

// Usable reports whether the instance is active, has not failed, and does not take its leave.
func (i *Instance) Usable() bool {
	return i.State.Active() && i.State != service.FailedReleased && i.State != service.FailedHeld && !i.Flags.Has(Leaving)
}

// InstanceFlags are the flags of an instance record.
type InstanceFlags uint16

// The flags.
const (
	Released    InstanceFlags = 1 << iota // stopping, but its addresses are gone already
	Recovering                            // started, and restarting in place
	HeldOff                               // its last failure timed out; displaces no running holder
	Leaving                               // will be flushed on purpose: absence is released
	Announced                             // its addresses are announced
	IntentSpent                           // of the target: the move named by Intent.Version is over
	Lacking                               // of a group that the author does not start: a critical member of its configuration is not active
)

// Has reports whether all flags of g are set.
func (f InstanceFlags) Has(g InstanceFlags) bool { return f&g == g }

// Failure is why an instance failed; the zero value: it did not.
type Failure struct {
	Code  service.FailureCode
	Exit  int    // the primitive's own code
	Text  string // one line, at most 120 bytes
	Claim uint64 // of the unit when it failed
	Count int    // failures since the last clear; 0: not failed
}
