package service

import (
	"net/netip"
	"time"
)

// Spec defines a service on one node, as the core sees it: only what selection
// and the machine need. How its primitives are carried out is the agents'
// business, how its checks are, the checking package's.
type Spec struct {
	Name      string       // the key: same name, same service; ^[a-z0-9][a-z0-9_-]{0,31}$
	Addresses []netip.Addr // virtual addresses; none: a resource
	Group     string       // "" if the service is a unit of its own
	DependsOn []string     // services of the same group that must run first
	Critical  bool         // of a group member: its end is the group's end on this node
	// Preference of the unit on this node, the higher the better; equal for all
	// members of a group. 0–65535.
	Preference int
	// Priority of the unit when more starts are due than may run at once, the
	// higher the earlier.
	Priority   int
	Scope      Scope
	Activation Activation
	// Primitives tells which calls the agent answers. An address without
	// processes answers none; they count as ok at once.
	Primitives [NumPrimitives]bool
	// Timeout of each primitive, > 0 where Primitives is set. That of Start
	// is its deadline over all recalls.
	Timeout [NumPrimitives]time.Duration
	// HasCheck tells that check results will come while the service runs.
	HasCheck      bool
	CheckInterval time.Duration
	// UnknownTimeout is how long checks may be Unknown before that counts as Down. 0: for ever.
	UnknownTimeout time.Duration
	Release        Release
	DeadAfter      time.Duration // of silence, for the others; 0: never by itself
	Restarts       int           // recoveries in place within RestartWindow before the instance fails
	RestartWindow  time.Duration
	FailureTimeout time.Duration // first time-out of a failure; doubles up to FailureMax
	FailureMax     time.Duration
	OnMediumLoss   time.Duration // 0: stop at once; else keep running for so long
	// Digest of everything that must be equal on all nodes and is not live by reload.
	Digest [8]byte
}

// Resource reports whether the service has no address.
func (s *Spec) Resource() bool { return len(s.Addresses) == 0 }

// Unit names the unit of selection: the group, or the service without one.
func (s *Spec) Unit() Unit {
	if s.Group != "" {
		return Unit{Name: s.Group, Group: true}
	}
	return Unit{Name: s.Name}
}

// Unit is what selection places: a group, or a service without one.
type Unit struct {
	Name  string
	Group bool
}

func (u Unit) String() string {
	if u.Group {
		return "group " + u.Name
	}
	return u.Name
}

// Release says when a stopping instance counts as released.
type Release uint8

// ReleaseAddress: as soon as its addresses are withdrawn. ReleaseVerified:
// when its stop was verified; always so for resources and what depends on one.
const (
	ReleaseAddress Release = iota
	ReleaseVerified
)

// Activation says what happens to an instance when the daemon starts.
type Activation uint8

// ActivateAuto activates it; ActivateManual leaves it inactive;
// ActivateDisabled leaves it disabled.
const (
	ActivateAuto Activation = iota
	ActivateManual
	ActivateDisabled
)

// Scope is how far records of an instance are flooded (RFC 5250, section 3).
type Scope struct {
	Kind ScopeKind
	Area uint32 // of ScopeArea
	Link string // of ScopeLink: the interface
}

// ScopeKind selects the opaque LSA type.
type ScopeKind uint8

// The scopes: opaque LSA types 11, 10 and 9.
const (
	ScopeDefault ScopeKind = iota // the only area, or AS where there are several; the configuration says AS instead
	ScopeAS
	ScopeArea
	ScopeLink
)
