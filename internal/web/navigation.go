package web

import (
	"srr/internal/api"
	"srr/internal/identity"
)

// navigation are the pages that are always at hand.
func navigation(v *visit) []navItem {
	items := []struct {
		title, path string
		role        identity.Role
	}{
		{"Overview", "/", identity.Viewer},
		{"Services", "/services", identity.Viewer},
		{"Nodes", "/nodes", identity.Viewer},
		{"Map", "/map", identity.Viewer},
		{"Time line", "/events", identity.Viewer},
		{"Configuration", "/configuration", identity.Viewer},
		{"Link states", "/lsdb", identity.Viewer},
		{"What if", "/what-if", identity.Operator},
		{"Routing", "/routing", identity.Operator},
		{"Information", "/information", identity.Viewer},
	}
	var out []navItem
	for _, i := range items {
		if v.user.Role >= i.role {
			out = append(out, navItem{i.title, i.path, i.path == v.r.URL.Path || i.path == below[v.r.URL.Path]})
		}
	}
	return out
}

// below are pages that another one leads to.
var below = map[string]string{"/past": "/events", "/availability": "/events"}

// nodeLinks lead to the consoles of the other nodes. Their addresses are in the
// nodes' records.
func nodeLinks(v *visit) []nodeLink {
	here := v.r.URL.RequestURI()
	if v.r.Method != "GET" || v.r.URL.Path == "/act" {
		here = "/"
	}
	var out []nodeLink
	for i := range v.snap.Nodes {
		n := &v.snap.Nodes[i]
		l := nodeLink{Title: api.Visible(n.Title()), Here: n.Self, State: n.State}
		if !n.Self && n.Console != "" {
			l.URL = "https://" + n.Console + here
		}
		out = append(out, l)
	}
	return out
}
