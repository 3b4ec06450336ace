package web

import (
	"strings"

	"srr/internal/api"
)

// futureData is the page that asks what would happen.
type futureData struct {
	Line     string
	Future   *api.WhatIf
	Score    *api.Survives
	Unknown  string // why there is no answer
	Token    string
	Examples []string
}

func (s *Server) future(v *visit) (page, error) {
	return page{Title: "What if", Name: "future", Data: s.futureForm(v, v.r.URL.Query().Get("line")), Help: "future"}, nil
}

func (s *Server) futureForm(v *visit, line string) futureData {
	d := futureData{Line: cut(line, 512), Token: s.token(v.user)}
	for i := range v.snap.Nodes {
		if n := &v.snap.Nodes[i]; n.State == api.NodeUp && len(d.Examples) < 6 {
			d.Examples = append(d.Examples, "power-off "+n.Title())
		}
	}
	return d
}

// futureAnswer simulates. It changes nothing, but takes a processor for a while, so
// nobody is made to ask by following a link.
func (s *Server) futureAnswer(v *visit) (page, error) {
	if err := s.readForm(v); err != nil {
		return page{}, err
	}
	d := s.futureForm(v, v.r.PostForm.Get("line"))
	if v.r.PostForm.Get("survives") != "" {
		score, err := s.opt.API.Survives(v.ctx)
		d.Score, d.Unknown = &score, reason(err)
		if err != nil {
			d.Score = nil
		}
	} else {
		d.Future, d.Unknown = s.foresee(v, d.Line)
	}
	return page{Title: "What if", Name: "future", Data: d, Help: "future"}, nil
}

// foresee asks the simulator; without an answer it says why.
func (s *Server) foresee(v *visit, line string) (*api.WhatIf, string) {
	future, err := s.opt.API.WhatIf(v.ctx, api.WhatIfQuery{Line: line})
	if err != nil {
		return nil, reason(err)
	}
	return &future, ""
}

func reason(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// whatIfLine is a verb in the words of what-if, given to a node.
func whatIfLine(r *api.Request, at *api.Node) string {
	words := []string{string(r.Verb)}
	if at != nil {
		words = []string{"do", at.RouterID.String(), string(r.Verb)}
	}
	for _, w := range []string{r.Service, r.Unit, r.Node} {
		if w != "" {
			words = append(words, w)
		}
	}
	if r.Verb == api.Maintenance {
		words = append(words, map[bool]string{true: "on", false: "off"}[r.On])
	}
	if r.StopRest {
		words = append(words, "--stop")
	}
	return strings.Join(words, " ")
}
