package api

import "srr/internal/routerid"

// Survey is the network as the link-state database of the answering node has it.
type Survey struct {
	Points []Point `json:"points"`
	Lines  []Line  `json:"lines"`
	// Path are the indices of the points that packets pass, if it was asked for.
	Path []int `json:"path,omitempty"`
	// End is how the path ends: "delivered", "no route", …
	End string `json:"end,omitempty"`
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
