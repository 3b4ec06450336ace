package ospf

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"

	"srr/internal/discovery/opaque"
	"srr/internal/frr/ospfapi"
)

// maxReachable is where FRR cuts a list of routers. The rest follows in a message of its own.
const maxReachable = 384

func (o *Options) filter() ospfapi.Filter {
	types := ospfapi.TypeMask(ospfapi.ASBRSummaryLSA, ospfapi.OpaqueAreaLSA, ospfapi.OpaqueASLSA)
	if o.AllowLink {
		types |= ospfapi.TypeMask(ospfapi.OpaqueLinkLSA)
	}
	return ospfapi.Filter{Types: types, Origin: ospfapi.AnyOrigin}
}

// requestOf is what the core asks for in the words of ospfd's API.
func (o *Options) requestOf(r *opaque.Request) (ospfapi.Request, error) {
	switch r.Kind {
	case opaque.RouterID:
		return ospfapi.RouterIDRequest(), nil
	case opaque.RegisterType:
		return ospfapi.OpaqueTypeRequest(r.LSA.Type, o.OpaqueType), nil
	case opaque.RegisterEvents:
		return ospfapi.EventRequest(o.filter())
	case opaque.SyncInterfaces:
		return ospfapi.ISMRequest(), nil
	case opaque.SyncNeighbors:
		return ospfapi.NSMRequest(), nil
	case opaque.SyncReachable:
		return ospfapi.ReachableRequest(), nil
	case opaque.SyncLSDB:
		return ospfapi.LSDBRequest(o.filter())
	case opaque.Originate:
		return ospfapi.OriginateRequest(ownName(r.LSA), r.Payload)
	case opaque.Flush:
		return ospfapi.DeleteRequest(ownName(r.LSA))
	}
	panic(fmt.Sprintf("ospf: request of kind %d", r.Kind))
}

// ownName is how ospfd wants an LSA of one's own to be named.
func ownName(n opaque.Name) ospfapi.Opaque {
	return ospfapi.Opaque{
		Type: n.Type, OpaqueType: uint8(n.ID >> 24), OpaqueID: n.ID & 0xffffff,
		Area: n.Area, IfAddr: n.IfAddr,
	}
}

// answerOf tells the refusal of one request from the end of the connection.
func answerOf(err error) opaque.Answer {
	var code ospfapi.Error
	a := opaque.Answer{Err: err}
	switch {
	case err == nil:
	case !errors.As(err, &code) || code == ospfapi.ErrOpaqueTypeNotRegistered:
		a.Verdict = opaque.Failed
	case code == ospfapi.ErrNoSuchLSA:
		a.Verdict = opaque.NoSuchLSA
	case code == ospfapi.ErrOpaqueTypeInUse:
		a.Verdict = opaque.TypeInUse
	default:
		a.Verdict = opaque.Refused
	}
	return a
}

// notificationOf is what ospfd tells, nil if it does not matter. Fence is the
// sequence number of the last request for the router ID.
func notificationOf(n ospfapi.Notification, fence uint32) opaque.Notification {
	switch n := n.(type) {
	case ospfapi.LSAUpdate:
		return opaque.Update{LSA: opaque.LSA{
			Name: nameOf(&n.LSA, n.Area, n.IfAddr), Age: n.LSA.Age, Payload: n.LSA.Payload(),
		}}
	case ospfapi.LSADelete:
		return opaque.Delete{Name: nameOf(&n.LSA, n.Area, n.IfAddr)}
	case ospfapi.ReachableChange:
		return opaque.Reachable{All: n.Seq != 0 && len(n.Add) < maxReachable, Add: n.Add, Remove: n.Remove}
	case ospfapi.ISMChange:
		return opaque.Interface{Addr: n.IfAddr, Area: n.Area, State: interfaceStateOf(n.State)}
	case ospfapi.NewIf:
		return opaque.Interface{Addr: n.IfAddr, Area: n.Area}
	case ospfapi.DelIf:
		return opaque.NoInterface{Addr: n.IfAddr}
	case ospfapi.NSMChange:
		return opaque.Neighbor{IfAddr: n.IfAddr, Addr: n.NbrAddr, ID: n.RouterID, State: neighborStateOf(n.State)}
	case ospfapi.RouterIDChange:
		return opaque.RouterIs{ID: n.RouterID, Asked: n.Seq == fence}
	}
	return nil
}

func nameOf(l *ospfapi.LSA, area, ifAddr uint32) opaque.Name {
	k := opaque.Name{Type: l.Type, ID: l.ID, Author: l.AdvRtr}
	switch l.Type {
	case ospfapi.OpaqueAreaLSA, ospfapi.ASBRSummaryLSA:
		k.Area = area
	case ospfapi.OpaqueLinkLSA:
		k.IfAddr = ifAddr
	}
	return k
}

func interfaceStateOf(s ospfapi.ISMState) opaque.InterfaceState {
	switch {
	case s == ospfapi.ISMWaiting:
		return opaque.InterfaceWaiting
	case s <= ospfapi.ISMDown:
		return opaque.InterfaceDown
	}
	return opaque.InterfaceOther
}

func neighborStateOf(s ospfapi.NSMState) opaque.NeighborState {
	switch {
	case s <= ospfapi.NSMDown:
		return opaque.NeighborDown
	case s < ospfapi.NSMTwoWay:
		return opaque.NeighborOneWay
	case s < ospfapi.NSMExStart:
		return opaque.NeighborKnown
	case s < ospfapi.NSMFull:
		return opaque.NeighborExchanging
	}
	return opaque.NeighborFull
}

// linkAddrs returns the IPv4 addresses of an interface.
func linkAddrs(link string) ([]uint32, error) {
	i, err := net.InterfaceByName(link)
	if err != nil {
		return nil, fmt.Errorf("find interface %s: %w", link, err)
	}
	addrs, err := i.Addrs()
	if err != nil {
		return nil, fmt.Errorf("find addresses of %s: %w", link, err)
	}
	var out []uint32
	for _, a := range addrs {
		if n, ok := a.(*net.IPNet); ok && n.IP.To4() != nil {
			out = append(out, binary.BigEndian.Uint32(n.IP.To4()))
		}
	}
	return out, nil
}
