package web

import (
	"cmp"
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"srr/internal/api"
)

// pastData is the cluster at a moment, as the journals of its nodes tell it.
type pastData struct {
	At                 time.Time
	Field              string // the moment as the form has it, in UTC
	Before, After      string // paths of the nearest moments at which something happened
	BeforeAt, AfterAt  time.Time
	Units              []pastUnit
	Now                []api.Event // what happened at the moment itself
	Heard              []pastHeard
	Unknown            []string // nodes of which nothing is known, and why
	Asked, Nodes, Runs int
}

type pastUnit struct {
	Title    string
	Services []pastService
}

type pastService struct {
	Name  string
	Chips []chip
	Since time.Time // when the instance began that runs
	Why   string    // what made it run
	Class string
}

type pastHeard struct {
	Node, Of string // who heard it, and of whom
	api.Event
}

// pastLayouts are how a moment may be written, in UTC: forms of browsers have no zone.
var pastLayouts = []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02T15:04"}

func (s *Server) past(v *visit) (page, error) {
	at := time.Now()
	if text := v.r.URL.Query().Get("at"); text != "" {
		i := slices.IndexFunc(pastLayouts, func(l string) bool { _, err := time.Parse(l, text); return err == nil })
		if i < 0 {
			return page{}, invalid("the moment must be like 2026-11-26T03:15:00, in UTC")
		}
		at, _ = time.Parse(pastLayouts[i], text)
	}
	at = at.UTC()
	d := pastData{At: at, Field: at.Format("2006-01-02T15:04:05"), Nodes: len(v.snap.Nodes)}
	pasts := s.pasts(v, &d)
	d.step(&v.snap, pasts)
	d.fill(&v.snap, pasts)
	return page{Title: "Time line at " + clock(at), Name: "past", Data: d, Help: "timeline"}, nil
}

// pasts asks all nodes at once.
func (s *Server) pasts(v *visit, d *pastData) []api.Past {
	answers, errs := make([]api.Past, len(v.snap.Nodes)), make([]error, len(v.snap.Nodes))
	var all sync.WaitGroup
	for i := range v.snap.Nodes {
		all.Go(func() { answers[i], errs[i] = s.pastOf(v, &v.snap.Nodes[i], d.At) })
	}
	all.Wait()
	var out []api.Past
	for i := range answers {
		n := &v.snap.Nodes[i]
		begins := answers[i].Begins
		switch {
		case errs[i] != nil:
			d.Unknown = append(d.Unknown, n.Title()+": "+cut(errs[i].Error(), 200))
		case begins.IsZero() || d.At.Before(begins):
			d.Unknown = append(d.Unknown, n.Title()+": its journal begins later, at "+clock(begins))
			answers[i].States = nil
			fallthrough // its first entry is one to step to
		default:
			d.Asked++
			answers[i].RouterID = n.RouterID // whatever it says
			out = append(out, answers[i])
		}
	}
	return out
}

func (s *Server) pastOf(v *visit, n *api.Node, at time.Time) (api.Past, error) {
	switch {
	case n.Self:
		return ask(s, v, func(ctx context.Context) (api.Past, error) { return s.opt.API.Past(ctx, at) })
	case n.State == api.NodeDown:
		return api.Past{}, errors.New("it cannot be reached now")
	}
	return fetch[api.Past](s, v, n, "past", url.Values{"at": {at.Format(time.RFC3339Nano)}})
}

// step finds the moments to step to.
func (d *pastData) step(snap *api.Snapshot, pasts []api.Past) {
	for i := range pasts {
		if e := pasts[i].Before; e != nil && e.Time.After(d.BeforeAt) {
			d.BeforeAt, d.Before = e.Time, pastPath(e.Time)
		}
		if e := pasts[i].After; e != nil && (d.AfterAt.IsZero() || e.Time.Before(d.AfterAt)) {
			d.AfterAt, d.After = e.Time, pastPath(e.Time)
		}
		d.Now = append(d.Now, pasts[i].Now...)
		for _, e := range pasts[i].Heard {
			of := e.Reason
			if n, err := snap.FindNode(strings.TrimPrefix(of, "node ")); err == nil {
				of = n.Title()
			}
			d.Heard = append(d.Heard, pastHeard{pasts[i].Node, of, e})
		}
	}
}

func pastPath(t time.Time) string {
	return "/past?at=" + url.QueryEscape(t.UTC().Format(time.RFC3339Nano))
}

// fill puts the instances into the units of today; what is of none today is a unit of
// its own.
func (d *pastData) fill(snap *api.Snapshot, pasts []api.Past) {
	services := map[string]*pastService{}
	for i := range pasts {
		for _, st := range pasts[i].States {
			svc := services[st.Service]
			if svc == nil {
				svc = &pastService{Name: st.Service, Class: "off"}
				services[st.Service] = svc
			}
			svc.add(&pasts[i], st)
		}
	}
	for i := range snap.Units {
		d.unit(snap.Units[i].Title(), snap.Units[i].Members, services)
	}
	var rest []string
	for name := range services {
		rest = append(rest, name)
	}
	slices.Sort(rest)
	for _, name := range rest {
		d.unit(name, []string{name}, services)
	}
}

func (d *pastData) unit(title string, members []string, services map[string]*pastService) {
	u := pastUnit{Title: title}
	for _, name := range members {
		if svc := services[name]; svc != nil {
			slices.SortStableFunc(svc.Chips, func(a, b chip) int { return cmp.Compare(a.Title, b.Title) })
			u.Services = append(u.Services, *svc)
			if svc.Class == "ok" {
				d.Runs++
			}
			delete(services, name)
		}
	}
	if len(u.Services) > 0 {
		d.Units = append(d.Units, u)
	}
}

func (s *pastService) add(p *api.Past, st api.PastState) {
	i := api.Instance{RouterID: p.RouterID, Node: p.Node, State: st.State, Hold: api.Held}
	word := i.Word()
	if st.State == "" {
		word = "not known"
	}
	s.Chips = append(s.Chips, chip{i.Title(), word, stateClass(&i), instancePath(st.Service, &i)})
	if i.Runs() {
		s.Class, s.Since, s.Why = "ok", st.Since, st.Reason
	}
}
