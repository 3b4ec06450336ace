package api

import "srr/internal/routerid"

// Survey is the network as the link-state database of the answering node has it.
type Survey struct {
	Points []Point `json:"points"`
	Lines  []Line  `json:"lines"`
	Ways   []Way   `json:"ways,omitempty"` // to each address that was asked for
}

// Way is what packets take to an address.
type Way struct {
	Path []int  `json:"path"` // indices of the points that they pass
	End  string `json:"end"`  // how it ends: "delivered", "no route", …
}

// Point is a router, or a network that several routers are on.
type Point struct {
	RouterID routerid.ID `json:"router_id,omitzero"` // none: a network
	Network  string      `json:"network,omitempty"`  // prefix
	ID       string      `json:"id"`                 // router ID, or area and link-state ID
	Areas    []string    `json:"areas"`
	Border   bool        `json:"border,omitempty"`   // area border router
	External bool        `json:"external,omitempty"` // announces what is not OSPF's
}

// Line joins two points, by their indices.
type Line struct {
	From int    `json:"from"`
	To   int    `json:"to"`
	Cost uint32 `json:"cost,omitempty"` // from From to To
	Back uint32 `json:"back,omitempty"`
}
