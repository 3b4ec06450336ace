package opaque

import "srr/internal/routerid"

// Notification is what ospfd tells, in this order.
type Notification interface{ isNotification() }

// Update: an LSA is in the database. A replacement is a Delete of the old one,
// immediately followed by an Update. A SyncLSDB also shows what is being flushed.
type Update struct{ LSA }

// Delete: an LSA left the database, or is about to be replaced.
type Delete struct{ Name }

// Reachable says which routers of the attached areas are reached.
type Reachable struct {
	All         bool // Add is all there are, unless they are too many for one answer
	Add, Remove []routerid.ID
}

// Interface is part of OSPF, and in an area. State is zero if ospfd does not say.
type Interface struct {
	Addr, Area uint32
	State      InterfaceState
}

// NoInterface: an interface is no longer part of OSPF.
type NoInterface struct{ Addr uint32 }

// Neighbor is the state of one, by the interface and the address there.
type Neighbor struct {
	IfAddr, Addr uint32
	ID           routerid.ID
	State        NeighborState
}

// RouterIs is ospfd's router ID. Asked: it answers the last RouterID request, so
// everything has arrived that was told before that was answered.
type RouterIs struct {
	ID    routerid.ID
	Asked bool
}

func (Update) isNotification()      {}
func (Delete) isNotification()      {}
func (Reachable) isNotification()   {}
func (Interface) isNotification()   {}
func (NoInterface) isNotification() {}
func (Neighbor) isNotification()    {}
func (RouterIs) isNotification()    {}

// InterfaceState is whether an interface is up, and still looks for a designated
// router (RFC 2328, 9.1).
type InterfaceState uint8

// The states, as far as they matter.
const (
	InterfaceUnknown InterfaceState = iota
	InterfaceWaiting
	InterfaceDown
	InterfaceOther
)

// NeighborState is how far an adjacency is (RFC 2328, 10.1).
type NeighborState uint8

// The states, as far as they matter.
const (
	NeighborDown       NeighborState = iota
	NeighborOneWay                   // Attempt, Init: it does not hear this router
	NeighborKnown                    // 2-Way
	NeighborExchanging               // ExStart to Loading
	NeighborFull
)
