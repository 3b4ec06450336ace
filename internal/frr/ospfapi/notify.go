package ospfapi

import (
	"encoding/binary"
	"fmt"

	"srr/internal/routerid"
)

// Notification is what ospfd tells on its own or because of a Sync request.
type Notification interface{ isNotification() }

// Ready (MSG_READY_NOTIFY): ospfd would take LSAs of a registered type.
// FRR 8.4.4 sends it right after the registration, neighbors or not.
type Ready struct {
	LSAType, OpaqueType uint8
	Addr                uint32 // interface address (type 9) or area (type 10)
}

// LSAUpdate (MSG_LSA_UPDATE_NOTIFY): an LSA is in the database. A replacement
// is an LSADelete of the old one, immediately followed by an LSAUpdate.
type LSAUpdate struct {
	// Seq is that of the SyncLSDB that asked for it, or 0. A sync also returns
	// LSAs with age MaxAge, which are not in force any more.
	Seq    uint32
	IfAddr uint32 // of type 9
	Area   uint32 // 0 for types 5 and 11
	Self   bool   // self-originated
	LSA    LSA
}

// LSADelete (MSG_LSA_DELETE_NOTIFY): an LSA left the database, or is about to
// be replaced. The LSA is the old one.
type LSADelete struct {
	IfAddr uint32
	Area   uint32
	Self   bool
	LSA    LSA
}

// NewIf (MSG_NEW_IF): an interface became part of OSPF.
type NewIf struct{ IfAddr, Area uint32 }

// DelIf (MSG_DEL_IF): an interface is no longer part of OSPF.
type DelIf struct{ IfAddr uint32 }

// ISMChange (MSG_ISM_CHANGE): the state of an interface.
type ISMChange struct {
	Seq    uint32 // of the SyncISM that asked for it, or 0
	IfAddr uint32
	Area   uint32
	State  ISMState
}

// NSMChange (MSG_NSM_CHANGE): the state of a neighbor. SyncNSM also lists the
// router itself, under its own ID.
type NSMChange struct {
	Seq      uint32
	IfAddr   uint32
	NbrAddr  uint32
	RouterID routerid.ID
	State    NSMState
}

// ReachableChange (MSG_REACHABLE_CHANGE): routers of the attached areas,
// without this one. FRR cuts the two lists at 384 routers together, and the rest follows
// in another message. One of more than 374 is never sent: it is larger than 1,500 bytes.
type ReachableChange struct {
	Seq         uint32
	Add, Remove []routerid.ID
}

// RouterIDChange (MSG_ROUTER_ID_CHANGE): the router ID of ospfd.
type RouterIDChange struct {
	Seq      uint32 // of the SyncRouterID that asked for it, or 0
	RouterID routerid.ID
}

// Malformed is a notification that cannot be read. What it said is lost.
type Malformed struct {
	Type MsgType
	Err  error
}

func (Ready) isNotification()           {}
func (LSAUpdate) isNotification()       {}
func (LSADelete) isNotification()       {}
func (NewIf) isNotification()           {}
func (DelIf) isNotification()           {}
func (ISMChange) isNotification()       {}
func (NSMChange) isNotification()       {}
func (ReachableChange) isNotification() {}
func (RouterIDChange) isNotification()  {}
func (Malformed) isNotification()       {}

// ISMState is the state of an interface (RFC 2328, 9.1), as numbered by FRR.
type ISMState uint8

// The states.
const (
	ISMDown         ISMState = 1
	ISMLoopback     ISMState = 2
	ISMWaiting      ISMState = 3
	ISMPointToPoint ISMState = 4
	ISMDROther      ISMState = 5
	ISMBackup       ISMState = 6
	ISMDR           ISMState = 7
)

// NSMState is the state of a neighbor (RFC 2328, 10.1), as numbered by FRR.
type NSMState uint8

// The states.
const (
	NSMDeleted  NSMState = 1
	NSMDown     NSMState = 2
	NSMAttempt  NSMState = 3
	NSMInit     NSMState = 4
	NSMTwoWay   NSMState = 5
	NSMExStart  NSMState = 6
	NSMExchange NSMState = 7
	NSMLoading  NSMState = 8
	NSMFull     NSMState = 9
)

// bodySizes are the sizes of bodies that are fixed; the first of the others.
var bodySizes = map[MsgType]int{
	MsgReadyNotify: 8, MsgLSAUpdateNotify: 12 + HeaderSize, MsgLSADeleteNotify: 12 + HeaderSize,
	MsgNewIf: 8, MsgDelIf: 4, MsgISMChange: 12, MsgNSMChange: 16, MsgReachableChange: 4, MsgRouterIDChange: 4,
}

// parseNotification reads a message of the asynchronous connection. Unknown
// types give nil: newer versions have more of them.
func parseNotification(m message) Notification {
	want, ok := bodySizes[m.kind]
	if !ok {
		return nil
	}
	if len(m.body) < want {
		return Malformed{m.kind, fmt.Errorf("body of %d bytes, want %d", len(m.body), want)}
	}
	n, err := parseBody(m)
	if err != nil {
		return Malformed{m.kind, err}
	}
	return n
}

func parseBody(m message) (Notification, error) {
	b := m.body
	word := func(i int) uint32 { return binary.BigEndian.Uint32(b[4*i:]) }
	switch m.kind {
	case MsgReadyNotify:
		return Ready{b[0], b[1], word(1)}, nil
	case MsgLSAUpdateNotify:
		l, err := parseLSA(b[12:])
		return LSAUpdate{m.seq, word(0), word(1), b[8] != 0, l}, err
	case MsgLSADeleteNotify:
		l, err := parseLSA(b[12:])
		return LSADelete{word(0), word(1), b[8] != 0, l}, err
	case MsgNewIf:
		return NewIf{word(0), word(1)}, nil
	case MsgDelIf:
		return DelIf{word(0)}, nil
	case MsgISMChange:
		return ISMChange{m.seq, word(0), word(1), ISMState(b[8])}, nil
	case MsgNSMChange:
		return NSMChange{m.seq, word(0), word(1), routerid.ID(word(2)), NSMState(b[12])}, nil
	case MsgReachableChange:
		return parseReachable(m)
	default:
		return RouterIDChange{m.seq, routerid.ID(word(0))}, nil
	}
}

func parseReachable(m message) (Notification, error) {
	add, remove := int(binary.BigEndian.Uint16(m.body)), int(binary.BigEndian.Uint16(m.body[2:]))
	if have := (len(m.body) - 4) / 4; add+remove > have {
		return nil, fmt.Errorf("%d and %d routers announced, %d there", add, remove, have)
	}
	ids := make([]routerid.ID, add+remove)
	for i := range ids {
		ids[i] = routerid.ID(binary.BigEndian.Uint32(m.body[4+4*i:]))
	}
	return ReachableChange{m.seq, ids[:add:add], ids[add:]}, nil
}
