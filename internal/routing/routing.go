// Package routing brings packets to a service: it owns the service's address
// on this node and announces it to the network.
package routing

import (
	"net/netip"
	"time"
)

// Want is one address that this node should own. An address that is not
// wanted is neither owned nor announced.
type Want struct {
	Addr    netip.Addr
	Service string // whose address it is, for messages and journal
	// Announce: routers shall send packets here. Without it, the node can only
	// bind to the address and receive what arrives anyway.
	Announce bool
	// Inherited: with Announce, what a predecessor left announced stays so for as long as
	// it lives by itself. It is not renewed, and not announced anew when it is gone.
	Inherited bool
}

// State is what an Announcer achieved for one address.
type State struct {
	Owned, Announced bool
	Err              error // why it is not as wanted; nil if it is
}

// Announcer owns and announces addresses. It is declarative: the driver
// computes the difference. Not safe for concurrent use.
type Announcer interface {
	// Set makes the world as wanted and says what it is then, one entry per
	// wanted address and one per address that is still there although it
	// should not be. Withdrawals come first. Set must not block for longer
	// than a few milliseconds per hundred changed addresses.
	Set(want []Want) map[netip.Addr]State
	// Renew extends the lifetime of what is announced, but for what is inherited. Called once a second
	// from the daemon's own loop: if that hangs, announcements vanish. What it
	// changes besides, the next Set tells.
	Renew() error
	// CleanUp removes what a predecessor left, apart from keep.
	CleanUp(keep []netip.Addr) error
	// Close withdraws and disowns everything; with leave > 0 (whole seconds) it
	// leaves what is announced for so long, for a successor.
	Close(leave time.Duration) error
}
