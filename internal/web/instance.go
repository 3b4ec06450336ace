package web

import (
	"cmp"
	"context"
	"errors"
	"net/url"
	"slices"
	"time"

	"srr/internal/api"
	"srr/internal/identity"
)

// instanceData is one service on one node.
type instanceData struct {
	instanceView
	Service *api.Service
	Node    *api.Node
	Here    bool // of the node that answers
	Unit    *api.Unit
	Group   *groupMark
	Machine machine
	Verbs   []verbLink
	Explain *api.Explain
	Outputs []api.Output
	Checks  []api.CheckRun
	Events  []api.Event
	Status  *api.Output // called now
	Live    *liveStatus // called again and again, while somebody looks
	CanAsk  bool        // its node answers here, or by its console
	Asked   bool        // another node was asked
	Trouble string      // why it did not answer
}

// recentEvents is how many events of a service its page shows.
const recentEvents = 12

func (s *Server) instance(v *visit) (page, error) {
	svc, err := v.snap.FindService(v.r.PathValue("service"))
	if err != nil {
		return page{}, err
	}
	n, err := v.snap.FindNode(v.r.PathValue("node"))
	if err != nil {
		return page{}, err
	}
	inst := svc.On(n.RouterID)
	if inst == nil {
		return page{}, errNoPage
	}
	d := instanceData{
		instanceView: instanceView{inst, stateClass(inst), inst.Word(), instancePath(svc.Name, inst)},
		Service:      svc, Node: n, Here: n.Self, Machine: machineOf(inst.State), CanAsk: answers(n),
	}
	d.Group = groupMarks(&v.snap)[svc.Group]
	for k := range v.snap.Units {
		if u := &v.snap.Units[k]; u.Name == svc.Unit().Name && u.Group == svc.Unit().Group {
			d.Unit = u
		}
	}
	if v.user.Role >= identity.Operator {
		for _, verb := range api.InstanceVerbs(svc, inst) {
			if n.State == api.NodeDown && verb != api.ConfirmStopped {
				continue // nobody is there who could do it
			}
			r := api.Request{Verb: verb, Service: svc.Name}
			link := linkTo(r)
			if verb == api.ConfirmStopped {
				r.Node = n.RouterID.String()
				link = linkTo(r)
			} else {
				link.Path += "&at=" + n.RouterID.String()
			}
			d.Verbs = append(d.Verbs, link)
		}
	}
	live := onChange
	if d.CanAsk {
		live = everySecond // for what `status` says
	}
	if err := s.fillInstance(v, &d); err != nil {
		return page{}, err
	}
	if d.Status != nil || d.Asked {
		live = still
	}
	return page{Title: svc.Name + " on " + n.Title(), Name: "instance", Data: d, Live: live, Help: "instance"}, nil
}

// fillInstance asks for what is in no snapshot. What this node does not have,
// another one does: that is no error.
func (s *Server) fillInstance(v *visit, d *instanceData) (err error) {
	if d.Service.Local {
		e, err := ask(s, v, func(ctx context.Context) (api.Explain, error) { return s.opt.Backend.Explain(ctx, d.Service.Unit()) })
		if err == nil {
			d.Explain = &e
		} else if !errors.Is(err, api.ErrNotFound) {
			return err
		}
	}
	asked := v.r.URL.Query().Get("status") != ""
	if !asked {
		bearer := v.bearer
		if v.r.TLS != nil { // a browser, and no page that is made again for who watches
			bearer = bearerOf(v.r)
		}
		d.Live = s.statuses.last(keyOfStatus(d.Service.Name, d.Node, bearer), time.Now())
	}
	if !d.Here {
		s.askThere(v, d)
		return nil
	}
	ofService := func(e *api.Event) bool { return e.Service == d.Service.Name }
	if d.Events, err = s.chronicle.newest(v.ctx, recentEvents, ofService); err != nil {
		return err
	}
	d.Outputs, err = ask(s, v, func(ctx context.Context) ([]api.Output, error) {
		return s.opt.Inspector.Outputs(ctx, d.Service.Name, "")
	})
	if err != nil && !errors.Is(err, api.ErrNotFound) {
		return err
	}
	if asked || d.Live != nil { // it has a place of its own
		d.Outputs = slices.DeleteFunc(slices.Clone(d.Outputs), func(o api.Output) bool { return o.Primitive == "status" })
	}
	d.Checks, err = ask(s, v, func(ctx context.Context) ([]api.CheckRun, error) { return s.opt.API.CheckRuns(ctx, d.Service.Name) })
	if err != nil && !errors.Is(err, api.ErrNotFound) {
		return err
	}
	if !asked {
		return nil
	}
	out, err := ask(s, v, func(ctx context.Context) (api.Output, error) { return s.opt.Inspector.Status(ctx, d.Service.Name) })
	if err == nil {
		d.Status = &out
	}
	return err
}

// askThere has the node of the instance say what its primitives printed, and what else
// only that node knows, when it was asked for.
func (s *Server) askThere(v *visit, d *instanceData) {
	q := v.r.URL.Query()
	d.Asked = d.CanAsk && (q.Get("outputs") != "" || q.Get("status") != "")
	if !d.Asked {
		return
	}
	of := url.Values{"service": {d.Service.Name}}
	var err error
	if q.Get("status") != "" {
		out, failed := fetch[api.Output](s, v, d.Node, "status", of)
		if err = failed; err == nil {
			d.Status = &out
		}
	}
	outputs, failed := fetch[[]api.Output](s, v, d.Node, "outputs", of)
	checks, unchecked := fetch[[]api.CheckRun](s, v, d.Node, "checks", of)
	events, unheard := s.eventsThere(v, d.Node, api.EventQuery{Service: d.Service.Name, Limit: recentEvents})
	slices.Reverse(events)
	d.Outputs, d.Checks, d.Events = outputs, checks, events
	if err = cmp.Or(err, failed, unchecked, unheard); err != nil {
		d.Trouble = err.Error()
	}
}
