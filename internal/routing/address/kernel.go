package address

import (
	"net/netip"
	"time"
)

// Protocol marks what is ours: the protocol of our local routes (rtnetlink(7),
// rtm_protocol) and, from Linux 5.18 on, of our addresses (IFA_PROTO).
const Protocol = 222

// routeMetric keeps our local route apart from the kernel's own (metric 0) for
// the same address, so that ours survives when the address goes.
const routeMetric = 222

// lifetimeSeconds of an announced address, valid and preferred. If nobody
// renews it, the kernel removes it and the announcement with it.
const lifetimeSeconds = 5

// Kernel is what the driver needs of the operating system.
type Kernel interface {
	// Dump reads everything. An interrupted or partial reading is an error:
	// what it does not show may be there all the same.
	Dump() (Snapshot, error)
	// Apply carries out the operations in order, all of them, and returns one
	// error per operation; nil if it is as wanted now, be it from before.
	Apply(ops []Op) []error
	// Changed tells whether somebody else may have changed something since
	// the last call. True after any doubt, such as lost notifications.
	Changed() bool
	Close() error
}

// Snapshot is what the kernel has.
type Snapshot struct {
	Routes    map[netip.Addr]bool     // our local routes
	Addresses map[netip.Addr]Assigned // everybody's, on all interfaces
}

// Assigned is where an address is.
type Assigned struct {
	Ours    bool   // on lo, a host prefix, marked by Protocol, with a lifetime
	Foreign string // an interface where it is but not as ours; empty: none
}

// Action is what an Op does.
type Action uint8

// The actions, in the order in which Set takes them.
const (
	Withdraw Action = iota // remove our address from lo
	Disown                 // remove our local route
	Own                    // add our local route
	Announce               // add our address to lo, or renew its lifetime
)

var actionNames = [...]string{"withdraw", "disown", "own", "announce"}

// String names the action for messages.
func (a Action) String() string { return actionNames[a] }

// Op is one change of one address.
type Op struct {
	Action Action
	Addr   netip.Addr
	// Life of Announce, whole seconds; 0: the usual one.
	Life time.Duration
}
