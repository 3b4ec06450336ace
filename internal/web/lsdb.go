package web

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"srr/internal/api"
)

// lsdbData is the link-state database, or what a filter leaves of it.
type lsdbData struct {
	Query   api.LSDBQuery
	Types   []lsaType
	Shown   int
	All     int
	Capped  bool
	HasMore bool
}

type lsaType struct {
	Name string
	LSAs []lsaView
}

type lsaView struct {
	api.LSA
	ID2   string // of the part
	Owner string // title of the node, if the advertiser is one
	Hex   []string
}

// lsaTypes are what the filter offers, as package packet names them.
var lsaTypes = []string{
	"router", "network", "summary", "ASBR summary", "AS external", "NSSA external", "opaque link", "opaque area", "opaque AS",
}

// maxLSAs is how many entries one page shows.
const maxLSAs = 1000

func (s *Server) lsdb(v *visit) (page, error) {
	q := v.r.URL.Query()
	d := lsdbData{Query: api.LSDBQuery{
		Type: q.Get("type"), Area: q.Get("area"), ID: q.Get("id"), Advertiser: q.Get("advertiser"), Raw: q.Get("raw") != "",
	}}
	if n, err := v.snap.FindNode(d.Query.Advertiser); err == nil {
		d.Query.Advertiser = n.RouterID.String()
	}
	all, err := ask(s, v, func(ctx context.Context) ([]api.LSA, error) { return s.opt.Inspector.LSDB(ctx, d.Query) })
	if err != nil {
		return page{}, err
	}
	d.All, d.Shown = len(all), min(len(all), maxLSAs)
	slices.SortStableFunc(all, func(a, b api.LSA) int {
		return cmp.Or(cmp.Compare(a.TypeCode, b.TypeCode), strings.Compare(a.Area, b.Area))
	})
	for _, l := range all[:d.Shown] {
		if k := len(d.Types); k == 0 || d.Types[k-1].Name != l.Type {
			d.Types = append(d.Types, lsaType{Name: l.Type})
		}
		t := &d.Types[len(d.Types)-1]
		t.LSAs = append(t.LSAs, lsaViewOf(v, l))
	}
	return page{Title: "Link-state database", Name: "lsdb", Data: d, Live: everySecond, Help: "lsdb"}, nil
}

// inColumns begin the decoded lines that have a column of their own. They are of the
// moment when the LSA arrived.
var inColumns = []string{"link-state ID:", "advertising router:", "age:", "sequence number:", "checksum:", "length:"}

func lsaViewOf(v *visit, l api.LSA) lsaView {
	l.Decoded = slices.DeleteFunc(slices.Clone(l.Decoded), func(line string) bool {
		return slices.ContainsFunc(inColumns, func(head string) bool { return strings.HasPrefix(line, head) }) ||
			strings.HasPrefix(line, l.Type+" LSA")
	})
	out := lsaView{LSA: l, ID2: partID("lsa", strconv.Itoa(l.TypeCode), l.Area, l.Link, l.ID, l.Advertiser.String())}
	if n, err := v.snap.FindNode(l.Advertiser.String()); err == nil {
		out.Owner = n.Title()
	}
	for raw := l.Raw; raw != ""; {
		n := min(len(raw), 32)
		out.Hex = append(out.Hex, raw[:n])
		raw = raw[n:]
	}
	return out
}
