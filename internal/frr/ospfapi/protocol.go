// Package ospfapi speaks the OSPF API of FRR's ospfd (ospfd -a, ospfd/ospf_api.h):
// opaque LSAs are originated through it, and it tells of LSAs, routers and
// neighbors. Written for and measured against FRR 8.4.4.
//
// A client has two TCP connections. It connects from port P for requests and
// their replies; ospfd connects back to port P+1 for notifications. Between the
// two there is no order.
//
// The server trusts its clients more than it should. Measured on 8.4.4, and the
// reason for most of this package's checks: a request without a body aborts
// ospfd; half a message blocks it; an LSA whose length is not a multiple of
// four is lost and takes others with it; one of more than 1,488 bytes is never
// reported to anybody; a link-local LSA and a flapping interface crash it; a
// client that does not read its notifications makes it grow without bound.
package ospfapi

import (
	"encoding/binary"
	"fmt"
)

// Version is the version of the protocol, OSPF_API_VERSION.
const Version = 1

// Port is where ospfd listens, OSPF_API_SYNC_PORT.
const Port = 2607

// MsgType is the type of a message. The names are those of ospf_api.h.
type MsgType uint8

// Requests.
const (
	MsgRegisterOpaqueType   MsgType = 1  // MSG_REGISTER_OPAQUETYPE
	MsgUnregisterOpaqueType MsgType = 2  // MSG_UNREGISTER_OPAQUETYPE
	MsgRegisterEvent        MsgType = 3  // MSG_REGISTER_EVENT
	MsgSyncLSDB             MsgType = 4  // MSG_SYNC_LSDB
	MsgOriginateRequest     MsgType = 5  // MSG_ORIGINATE_REQUEST
	MsgDeleteRequest        MsgType = 6  // MSG_DELETE_REQUEST
	MsgSyncReachable        MsgType = 7  // MSG_SYNC_REACHABLE
	MsgSyncISM              MsgType = 8  // MSG_SYNC_ISM
	MsgSyncNSM              MsgType = 9  // MSG_SYNC_NSM
	MsgSyncRouterID         MsgType = 19 // MSG_SYNC_ROUTER_ID
)

// Answers and notifications.
const (
	MsgReply           MsgType = 10 // MSG_REPLY
	MsgReadyNotify     MsgType = 11 // MSG_READY_NOTIFY
	MsgLSAUpdateNotify MsgType = 12 // MSG_LSA_UPDATE_NOTIFY
	MsgLSADeleteNotify MsgType = 13 // MSG_LSA_DELETE_NOTIFY
	MsgNewIf           MsgType = 14 // MSG_NEW_IF
	MsgDelIf           MsgType = 15 // MSG_DEL_IF
	MsgISMChange       MsgType = 16 // MSG_ISM_CHANGE
	MsgNSMChange       MsgType = 17 // MSG_NSM_CHANGE
	MsgReachableChange MsgType = 18 // MSG_REACHABLE_CHANGE
	MsgRouterIDChange  MsgType = 20 // MSG_ROUTER_ID_CHANGE
)

var msgNames = map[MsgType]string{
	MsgRegisterOpaqueType: "REGISTER_OPAQUETYPE", MsgUnregisterOpaqueType: "UNREGISTER_OPAQUETYPE",
	MsgRegisterEvent: "REGISTER_EVENT", MsgSyncLSDB: "SYNC_LSDB", MsgOriginateRequest: "ORIGINATE_REQUEST",
	MsgDeleteRequest: "DELETE_REQUEST", MsgSyncReachable: "SYNC_REACHABLE", MsgSyncISM: "SYNC_ISM",
	MsgSyncNSM: "SYNC_NSM", MsgSyncRouterID: "SYNC_ROUTER_ID", MsgReply: "REPLY",
	MsgReadyNotify: "READY_NOTIFY", MsgLSAUpdateNotify: "LSA_UPDATE_NOTIFY",
	MsgLSADeleteNotify: "LSA_DELETE_NOTIFY", MsgNewIf: "NEW_IF", MsgDelIf: "DEL_IF",
	MsgISMChange: "ISM_CHANGE", MsgNSMChange: "NSM_CHANGE", MsgReachableChange: "REACHABLE_CHANGE",
	MsgRouterIDChange: "ROUTER_ID_CHANGE",
}

func (t MsgType) String() string {
	if s, ok := msgNames[t]; ok {
		return s
	}
	return fmt.Sprintf("message type %d", uint8(t))
}

// Error is a code that ospfd answers with instead of OSPF_API_OK.
type Error int8

// The codes.
const (
	ErrNoSuchInterface         Error = -1  // OSPF_API_NOSUCHINTERFACE
	ErrNoSuchArea              Error = -2  // OSPF_API_NOSUCHAREA
	ErrNoSuchLSA               Error = -3  // OSPF_API_NOSUCHLSA
	ErrIllegalLSAType          Error = -4  // OSPF_API_ILLEGALLSATYPE
	ErrOpaqueTypeInUse         Error = -5  // OSPF_API_OPAQUETYPEINUSE
	ErrOpaqueTypeNotRegistered Error = -6  // OSPF_API_OPAQUETYPENOTREGISTERED
	ErrNotReady                Error = -7  // OSPF_API_NOTREADY
	ErrNoMemory                Error = -8  // OSPF_API_NOMEMORY
	ErrError                   Error = -9  // OSPF_API_ERROR
	ErrUndef                   Error = -10 // OSPF_API_UNDEF
)

var errorTexts = [...]string{
	"no such interface", "no such area", "no such LSA", "illegal LSA type",
	"the opaque type has another owner", "the opaque type is not registered", "not ready",
	"out of memory", "error", "undefined error",
}

func (e Error) Error() string {
	if n := -int(e); n >= 1 && n <= len(errorTexts) {
		return fmt.Sprintf("ospfd: %s (%d)", errorTexts[n-1], int8(e))
	}
	return fmt.Sprintf("ospfd: error %d", int8(e))
}

// Origin selects LSAs by who originated them.
type Origin uint8

// The origins.
const (
	NonSelfOriginated Origin = 0 // NON_SELF_ORIGINATED
	SelfOriginated    Origin = 1 // SELF_ORIGINATED
	AnyOrigin         Origin = 2 // ANY_ORIGIN
)

// LSA types of RFC 2328 and RFC 5250 that callers name.
const (
	ASBRSummaryLSA uint8 = 4
	OpaqueLinkLSA  uint8 = 9
	OpaqueAreaLSA  uint8 = 10
	OpaqueASLSA    uint8 = 11
)

// TypeMask selects LSA types: bit t-1 stands for type t.
func TypeMask(types ...uint8) uint16 {
	var m uint16
	for _, t := range types {
		m |= 1 << (t - 1)
	}
	return m
}

// AllTypes selects every LSA type. Beware: on FRR 8.4.4 a router LSA with more
// than about 120 links silences a client that asked for it, opaque LSAs included.
const AllTypes uint16 = 0xffff

// A message is a header, and a body that is never empty on the way to ospfd:
//
//	version u8 | type u8 | length of the body u16 | sequence number u32
type message struct {
	kind MsgType
	seq  uint32
	body []byte
}

const headerSize = 8

func (m *message) marshal() []byte {
	b := make([]byte, headerSize, headerSize+len(m.body))
	b[0], b[1] = Version, byte(m.kind)
	binary.BigEndian.PutUint16(b[2:], uint16(len(m.body)))
	binary.BigEndian.PutUint32(b[4:], m.seq)
	return append(b, m.body...)
}
