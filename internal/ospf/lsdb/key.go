package lsdb

import (
	"cmp"
	"fmt"

	"srr/internal/ospf/packet"
	"srr/internal/routerid"
)

// Where says at which part of this router an LSA was learnt. Only what the
// LSA's flooding scope needs is used, so callers may fill in all they know.
type Where struct {
	Area packet.AreaID // of an LSA with area scope
	Link packet.Quad   // of an LSA with link scope: the interface's address, or any number that names it
}

// Key identifies an LSA: scope, type, link-state ID and advertising router
// (RFC 2328, section 12.1; RFC 5250, section 3.1). Area and Link are zero unless
// the scope of the type is theirs.
type Key struct {
	Where
	Type      packet.Type
	ID        packet.Quad
	AdvRouter routerid.ID
}

// KeyOf returns the key of the LSA with header h that was learnt at w.
func KeyOf(w Where, h packet.Header) Key {
	k := Key{Type: h.Type, ID: h.ID, AdvRouter: h.AdvRouter}
	switch h.Type.Scope() {
	case packet.ScopeArea:
		k.Area = w.Area
	case packet.ScopeLink:
		k.Link = w.Link
	}
	return k
}

// Scope returns the flooding scope.
func (k Key) Scope() packet.Scope { return k.Type.Scope() }

// Compare orders keys as the database iterates: area scope by area, link scope
// by link, AS scope; within each by type, link-state ID, advertising router.
func (k Key) Compare(o Key) int {
	return cmp.Or(
		cmp.Compare(k.Scope(), o.Scope()),
		cmp.Compare(k.Area, o.Area),
		cmp.Compare(k.Link, o.Link),
		cmp.Compare(k.Type, o.Type),
		cmp.Compare(k.ID, o.ID),
		cmp.Compare(k.AdvRouter, o.AdvRouter),
	)
}

// String writes scope, type, link-state ID and advertising router.
func (k Key) String() string {
	scope := "AS"
	switch k.Scope() {
	case packet.ScopeArea:
		scope = "area " + k.Area.String()
	case packet.ScopeLink:
		scope = "link " + k.Link.String()
	}
	return fmt.Sprintf("%s %s %s from %s", scope, k.Type, k.ID, k.AdvRouter)
}

// bucket returns the key of the list that k belongs to.
func (k Key) bucket() bucketKey { return bucketKey{Where: k.Where, Type: k.Type} }

// bucketKey names one list of the database: a type in one area, on one link or
// in the AS.
type bucketKey struct {
	Where
	Type packet.Type
}
