package ospfapi

import (
	"context"
	"encoding/binary"
	"fmt"
)

// RegisterOpaqueType makes this client the owner of an opaque type within one
// LSA type. An ospfd of FRR 8.4 has one owner for each: ErrOpaqueTypeInUse. That of
// FRR 10.3 takes any number, and they can change each other's LSAs (measured).
func (c *Client) RegisterOpaqueType(ctx context.Context, lsaType, opaqueType uint8) error {
	r := OpaqueTypeRequest(lsaType, opaqueType)
	_, err := c.request(ctx, r.kind, r.body)
	return err
}

// UnregisterOpaqueType flushes everything of the type and gives it up.
func (c *Client) UnregisterOpaqueType(ctx context.Context, lsaType, opaqueType uint8) error {
	_, err := c.request(ctx, MsgUnregisterOpaqueType, []byte{lsaType, opaqueType, 0, 0})
	return err
}

// Filter selects LSAs.
type Filter struct {
	Types  uint16 // see TypeMask
	Origin Origin
	Areas  []uint32 // none: all. At most 255
}

func (f *Filter) body() ([]byte, error) {
	if len(f.Areas) > 255 {
		return nil, fmt.Errorf("filter of %d areas, at most 255", len(f.Areas))
	}
	b := binary.BigEndian.AppendUint16(nil, f.Types)
	b = append(b, byte(f.Origin), byte(len(f.Areas)))
	for _, a := range f.Areas {
		b = binary.BigEndian.AppendUint32(b, a)
	}
	return b, nil
}

// RegisterEvent asks for LSAUpdate and LSADelete of what f selects, in place of
// what was selected before. Changes only; SyncLSDB asks for what is there.
func (c *Client) RegisterEvent(ctx context.Context, f Filter) error {
	r, err := EventRequest(f)
	if err != nil {
		return err
	}
	_, err = c.request(ctx, r.kind, r.body)
	return err
}

// SyncLSDB asks for an LSAUpdate of everything that f selects. They carry the
// returned sequence number, and may arrive before or after the call returns;
// see SyncRouterID for how to know that all have.
func (c *Client) SyncLSDB(ctx context.Context, f Filter) (seq uint32, err error) {
	r, err := LSDBRequest(f)
	if err != nil {
		return 0, err
	}
	return c.request(ctx, r.kind, r.body)
}

// SyncReachable asks for a ReachableChange that adds every reachable router.
func (c *Client) SyncReachable(ctx context.Context) (seq uint32, err error) {
	return c.request(ctx, MsgSyncReachable, nil)
}

// SyncISM asks for an ISMChange of every interface.
func (c *Client) SyncISM(ctx context.Context) (seq uint32, err error) {
	return c.request(ctx, MsgSyncISM, nil)
}

// SyncNSM asks for an NSMChange of every neighbor.
func (c *Client) SyncNSM(ctx context.Context) (seq uint32, err error) {
	return c.request(ctx, MsgSyncNSM, nil)
}

// SyncRouterID asks for a RouterIDChange with the returned sequence number.
// Notifications are in order among themselves, so this one comes after all that
// earlier requests asked for: it serves as a fence.
func (c *Client) SyncRouterID(ctx context.Context) (seq uint32, err error) {
	return c.request(ctx, MsgSyncRouterID, nil)
}

// RouterIDRequest asks as SyncRouterID does.
func RouterIDRequest() Request { return Request{kind: MsgSyncRouterID} }

// ReachableRequest asks as SyncReachable does.
func ReachableRequest() Request { return Request{kind: MsgSyncReachable} }

// ISMRequest asks as SyncISM does.
func ISMRequest() Request { return Request{kind: MsgSyncISM} }

// NSMRequest asks as SyncNSM does.
func NSMRequest() Request { return Request{kind: MsgSyncNSM} }

// OpaqueTypeRequest asks as RegisterOpaqueType does.
func OpaqueTypeRequest(lsaType, opaqueType uint8) Request {
	return Request{MsgRegisterOpaqueType, []byte{lsaType, opaqueType, 0, 0}}
}

// EventRequest asks as RegisterEvent does.
func EventRequest(f Filter) (Request, error) { return filtered(MsgRegisterEvent, f) }

// LSDBRequest asks as SyncLSDB does.
func LSDBRequest(f Filter) (Request, error) { return filtered(MsgSyncLSDB, f) }

func filtered(kind MsgType, f Filter) (Request, error) {
	body, err := f.body()
	if err != nil {
		err = fmt.Errorf("%s: %w", kind, err)
	}
	return Request{kind, body}, err
}

// OriginateRequest floods an opaque LSA with the payload, a multiple of four bytes and
// at most MaxPayload. An LSA with the same ID is updated, but ospfd holds that
// back for up to 5 s; a fresh ID goes out at once.
func OriginateRequest(o Opaque, payload []byte) (Request, error) {
	body, err := originateBody(o, payload)
	if err != nil {
		err = fmt.Errorf("%s: %w", MsgOriginateRequest, err)
	}
	return Request{MsgOriginateRequest, body}, err
}

// DeleteRequest flushes an opaque LSA of this router: ErrNoSuchLSA if there is none.
func DeleteRequest(o Opaque) (Request, error) {
	body, err := deleteBody(o)
	if err != nil {
		err = fmt.Errorf("%s: %w", MsgDeleteRequest, err)
	}
	return Request{MsgDeleteRequest, body}, err
}

// Originate sends an OriginateRequest and waits for the reply.
func (c *Client) Originate(ctx context.Context, o Opaque, payload []byte) error {
	r, err := OriginateRequest(o, payload)
	if err != nil {
		return err
	}
	_, err = c.request(ctx, r.kind, r.body)
	return err
}

// Delete sends a DeleteRequest and waits for the reply.
func (c *Client) Delete(ctx context.Context, o Opaque) error {
	r, err := DeleteRequest(o)
	if err != nil {
		return err
	}
	_, err = c.request(ctx, r.kind, r.body)
	return err
}
