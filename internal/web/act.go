package web

import (
	"errors"
	"net/url"
	"strings"
	"time"

	"srr/internal/api"
	"srr/internal/service"
)

// actData is the page that asks before something is done, and the one that says
// that it is.
type actData struct {
	Verb                                                 verbText
	Request                                              api.Request
	At                                                   *api.Node // where it is to be done, if that matters
	AtOther                                              bool      // and it is not the node that answers: the request is carried there
	Subject                                              string
	Command                                              string // what srrctl would take
	Token                                                string
	Targets                                              []target
	TakesReason, TakesUntil, TakesStopRest, TakesPending bool
	Warning                                              string // why it was not done without a confirmation
	List                                                 []string
	Advice                                               string
	Members                                              []memberView
	Group                                                *groupMark
	Reply                                                *api.Reply  // it is done
	Future                                               *api.WhatIf // what would happen
	Unforeseen                                           string      // why that is not known
	Hours                                                string
	Back                                                 string
}

// target is a node that a unit may be moved to.
type target struct {
	ID, Title, State string
	Chosen           bool
}

// readRequest reads a request from a query or a form. What the API knows better
// (form, existence) it decides.
func readRequest(q url.Values) (api.Request, string, error) {
	r := api.Request{
		Verb: api.Verb(q.Get("verb")), Service: q.Get("service"), Unit: q.Get("unit"), Node: q.Get("node"),
		Reason: q.Get("reason"), StopRest: q.Get("stop_rest") != "", On: q.Get("on") != "",
		Pending: q.Get("pending") != "", Confirmed: q.Get("confirmed") != "",
	}
	if _, known := verbTexts[r.Verb]; !known {
		return r, "", invalid("there is no such verb")
	}
	if h := q.Get("hours"); h != "" {
		d, err := time.ParseDuration(h + "h")
		if err != nil || d <= 0 || d > 10_000*time.Hour {
			return r, "", invalid("the hours must be a number above 0")
		}
		r.Until = time.Now().Add(d)
	}
	return r, q.Get("at"), nil
}

// confirm asks before anything is done.
func (s *Server) confirm(v *visit) (page, error) {
	r, at, err := readRequest(v.r.URL.Query())
	if err != nil {
		return page{}, err
	}
	d, err := s.actPage(v, r, at)
	if err != nil {
		return page{}, err
	}
	return page{Title: d.Verb.Title + " " + d.Subject, Name: "confirm", Data: d, Help: "verbs"}, nil
}

// act does it.
func (s *Server) act(v *visit) (page, error) {
	if err := s.readForm(v); err != nil {
		return page{}, err
	}
	r, at, err := readRequest(v.r.PostForm)
	if err != nil {
		return page{}, err
	}
	d, err := s.actPage(v, r, at)
	if err != nil {
		return page{}, err
	}
	if v.r.PostForm.Get("preview") != "" {
		d.Future, d.Unforeseen = s.foresee(v, whatIfLine(&r, d.At))
		return page{Title: d.Verb.Title + " " + d.Subject, Name: "confirm", Data: d, Help: "verbs"}, nil
	}
	reply, err := s.doAt(v, d, r)
	var refusal *api.Refusal
	switch {
	case errors.As(err, &refusal) && refusal.NeedsYes:
		d.Warning, d.List, d.Advice = refusal.Text, refusal.List, refusal.Advice
		return page{Title: d.Verb.Title + " " + d.Subject, Name: "confirm", Data: d, Help: "verbs"}, nil
	case err != nil:
		return page{}, err
	}
	d.Reply = &reply
	return page{Title: "Accepted", Name: "accepted", Data: d, Help: "verbs"}, nil
}

// doAt does it here, or has it done where it has to be.
func (s *Server) doAt(v *visit, d *actData, r api.Request) (api.Reply, error) {
	switch {
	case !d.AtOther:
		return s.opt.API.Do(v.ctx, r)
	case d.At.Console == "":
		return api.Reply{}, &api.Refusal{Rule: "no-console", Text: "this has to be done on " + d.At.Title() + ", which has no console", Advice: "there: " + d.Command}
	}
	reply, err := s.carry(v, d.At, r)
	s.opt.API.Written(v.ctx, api.Deed{What: "on " + d.At.Title() + ": " + cut(r.Words(), 300), Service: cut(r.Service, 64), Result: result(&reply, err)})
	return reply, err
}

func (s *Server) actPage(v *visit, r api.Request, at string) (*actData, error) {
	d := &actData{
		Verb: verbTexts[r.Verb], Request: r, Hours: v.r.FormValue("hours"), Command: "srrctl " + r.Words(), Token: s.token(v.user),
		Back: "/services", TakesReason: true,
	}
	if at != "" {
		n, err := v.snap.FindNode(at)
		if err != nil {
			return nil, err
		}
		d.At, d.AtOther = n, !n.Self
	}
	switch {
	case r.Unit != "":
		return d, s.actOnUnit(v, d)
	case r.Service != "":
		svc, err := v.snap.FindService(r.Service)
		if err != nil {
			return nil, err
		}
		d.Subject, d.Back = svc.Name, unitPath(unitWord(svc.Unit()))
		if d.At != nil {
			d.Subject += " on " + d.At.Title()
			d.Back = instancePath(svc.Name, &api.Instance{RouterID: d.At.RouterID})
		}
	default:
		d.Subject = "node " + v.snap.Node
		d.Back = "/nodes/" + v.snap.RouterID.String()
		if d.At != nil {
			d.Subject, d.Back = "node "+d.At.Title(), "/nodes/"+d.At.RouterID.String()
		}
		d.TakesStopRest = r.Verb == api.Drain || r.Verb == api.Shutdown
		d.TakesPending = r.Verb == api.ReloadConfig
		if r.Verb == api.Maintenance && !r.On {
			d.Verb = verbText{"End maintenance", "srrd acts on this node again.", false}
		}
	}
	return d, nil
}

func (s *Server) actOnUnit(v *visit, d *actData) error {
	unit, err := v.snap.FindUnit(d.Request.Unit)
	if err != nil {
		return err
	}
	for i := range v.snap.Units {
		u := &v.snap.Units[i]
		if u.Name != unit.Name || u.Group != unit.Group {
			continue
		}
		view := unitViewOf(v, u, stoppedUnits(&v.snap))
		d.Subject, d.Back, d.Members = u.Title(), unitPath(u.Word()), view.Members
		if u.Group {
			d.Group = groupMarks(&v.snap)[u.Name]
		}
		if d.Request.Verb == api.Move {
			d.TakesUntil = true
			d.Targets = targets(&v.snap, u, d.Request.Node)
		}
	}
	return nil
}

// targets are the nodes that have the unit, best first, without the one that
// runs it.
func targets(s *api.Snapshot, u *api.Unit, chosen string) []target {
	var out []target
	for _, id := range u.Ranking {
		n, err := s.FindNode(id.String())
		if err != nil || runsAll(s, u, n) {
			continue
		}
		state := n.State
		if len(n.Flags) > 0 {
			state += ", " + strings.Join(n.Flags, ", ")
		}
		out = append(out, target{id.String(), n.Title(), state, chosen == id.String() || chosen == n.Name})
	}
	return out
}

func runsAll(s *api.Snapshot, u *api.Unit, n *api.Node) bool {
	for _, name := range u.Members {
		svc, err := s.FindService(name)
		if err != nil {
			return false
		}
		for _, i := range svc.Running() {
			if i.RouterID != n.RouterID {
				return false
			}
		}
		if len(svc.Running()) == 0 {
			return false
		}
	}
	return true
}

func unitWord(u service.Unit) string {
	if u.Group {
		return "group/" + u.Name
	}
	return u.Name
}
