package web

import (
	"context"
	"time"

	"srr/internal/api"
)

// aboutData is what a node is made of.
type aboutData struct {
	Node *api.Node
	Path string // of the node
	api.About
	Certificates []certificateRow
	Trouble      string // why it is not known
}

type certificateRow struct {
	api.Certificate
	Class, Word string
}

// soon is how long before its end a certificate is colored, whatever warnings say.
const soon = 30 * 24 * time.Hour

func (s *Server) about(v *visit) (page, error) {
	n, err := v.snap.FindNode(v.r.PathValue("node"))
	if err != nil {
		return page{}, err
	}
	d := aboutData{Node: n, Path: "/nodes/" + n.RouterID.String()}
	if n.Self {
		d.About, err = ask(s, v, func(ctx context.Context) (api.About, error) { return s.opt.API.About(ctx) })
	} else {
		d.About, err = fetch[api.About](s, v, n, "about", nil)
	}
	if err != nil {
		d.Trouble = err.Error()
	}
	for _, c := range d.About.Certificates {
		d.Certificates = append(d.Certificates, certificateRowOf(c, time.Now()))
	}
	return page{Title: "About node " + n.Title(), Name: "about", Data: d, Help: "nodes"}, nil
}

func certificateRowOf(c api.Certificate, now time.Time) certificateRow {
	r := certificateRow{c, "ok", "holds"}
	switch {
	case !c.Ends.IsZero() && !now.Before(c.Ends):
		r.Class, r.Word = "bad", "has ended"
	case now.Before(c.Begins):
		r.Class, r.Word = "warn", "begins later"
	case c.Warning != "" || !c.Ends.IsZero() && c.Ends.Sub(now) < soon:
		r.Class, r.Word = "warn", "see to it"
	}
	return r
}
