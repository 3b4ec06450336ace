package web

import (
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"srr/internal/api"
)

// timeLineData is what happened, newest first.
type timeLineData struct {
	Node, Service, Cause string   // Node "": this one; everyNode: all
	Elsewhere            bool     // events may be of other nodes
	Unknown              []string // nodes that did not answer, and why
	Hours                string
	Days                 []eventDay
	Shown                int
	Capped               bool
	Services, Nodes      []string
}

type eventDay struct {
	Day    string
	Events []eventView
}

type eventView struct {
	api.Event
	ID, Class string
	// After is how long after the previous event of the service it happened, if that
	// belongs to it: the legs of a failover.
	After time.Duration
}

// everyNode is what the filter says for all of them.
const everyNode = "*"

// maxLeg is how far apart two events of a service may be and still belong together.
const maxLeg = time.Minute

const (
	// maxEvents is how many events one page shows.
	maxEvents = 500
	// maxRead is how many are read from the journal, since the cause is looked for here.
	maxRead = 5000
)

func (s *Server) timeLine(v *visit) (page, error) {
	q := v.r.URL.Query()
	d := timeLineData{Node: q.Get("node"), Service: q.Get("service"), Cause: q.Get("cause"), Hours: q.Get("hours")}
	events, err := s.eventsOf(v, &d)
	if err != nil {
		return page{}, err
	}
	d.Capped = len(events) > maxEvents
	for _, e := range events[:min(len(events), maxEvents)] {
		d.add(e)
	}
	d.measure()
	for i := range v.snap.Services {
		d.Services = append(d.Services, v.snap.Services[i].Name)
	}
	for i := range v.snap.Nodes {
		d.Nodes = append(d.Nodes, v.snap.Nodes[i].Title())
	}
	live := onChange
	if d.Hours != "" || d.Elsewhere {
		live = still
	}
	return page{Title: "Time line", Name: "timeline", Data: d, Live: live, Help: "timeline"}, nil
}

// eventsOf are those that the filter leaves, newest first, one more than are shown
// if there are more. Every node has its own journal: others are asked for theirs.
func (s *Server) eventsOf(v *visit, d *timeLineData) ([]api.Event, error) {
	var since time.Time
	if d.Hours != "" {
		h, err := strconv.ParseFloat(d.Hours, 64)
		if err != nil || h <= 0 || h > 1e5 {
			return nil, invalid("the hours must be a number above 0")
		}
		since = time.Now().Add(-time.Duration(h * float64(time.Hour)))
	}
	nodes, err := d.nodes(&v.snap)
	if err != nil {
		return nil, err
	}
	answers, errs := make([][]api.Event, len(nodes)), make([]error, len(nodes))
	var all sync.WaitGroup
	for i, n := range nodes {
		all.Go(func() { answers[i], errs[i] = s.eventsOn(v, d, n, since) })
	}
	all.Wait()
	for i, n := range nodes {
		switch {
		case errs[i] != nil && n.Self:
			return nil, errs[i]
		case errs[i] != nil:
			d.Unknown = append(d.Unknown, n.Title()+": "+cut(errs[i].Error(), 200))
		}
	}
	if len(answers) == 1 {
		return answers[0], nil
	}
	events := slices.Concat(answers...)
	slices.SortStableFunc(events, func(a, b api.Event) int { return b.Time.Compare(a.Time) })
	return events, nil
}

// nodes are those whose events are wanted.
func (d *timeLineData) nodes(snap *api.Snapshot) (out []*api.Node, err error) {
	for i := range snap.Nodes {
		if n := &snap.Nodes[i]; d.Node == everyNode || d.Node == "" && n.Self {
			out = append(out, n)
		}
	}
	if len(out) == 0 {
		n, err := snap.FindNode(d.Node)
		if err != nil {
			return nil, err
		}
		out = []*api.Node{n}
	}
	d.Elsewhere = len(out) > 1 || !out[0].Self
	return out, nil
}

// eventsOn are those of one node, newest first. Without a time, those in memory are
// looked through, or on another node as many: a page that is watched must cost little.
func (s *Server) eventsOn(v *visit, d *timeLineData, n *api.Node, since time.Time) (events []api.Event, err error) {
	wanted := func(e *api.Event) bool { return (d.Service == "" || e.Service == d.Service) && mentions(e, d.Cause) }
	q := api.EventQuery{Service: d.Service, Since: since, Limit: maxRead}
	switch {
	case !n.Self && since.IsZero():
		events, err = s.eventsThere(v, n, api.EventQuery{Limit: maxKept})
	case !n.Self:
		events, err = s.eventsThere(v, n, q)
	case since.IsZero():
		return s.chronicle.newest(v.ctx, maxEvents+1, wanted)
	default:
		events, err = s.collect(v, q)
	}
	events = slices.DeleteFunc(events, func(e api.Event) bool { return !wanted(&e) })
	slices.Reverse(events)
	return events, err
}

func (d *timeLineData) add(e api.Event) {
	day := e.Time.UTC().Format("Monday, 2 January 2006")
	if k := len(d.Days); k == 0 || d.Days[k-1].Day != day {
		d.Days = append(d.Days, eventDay{Day: day})
	}
	t := &d.Days[len(d.Days)-1]
	t.Events = append(t.Events, eventView{Event: e, ID: partID("event", e.Node, strconv.FormatUint(e.Sequence, 10)), Class: eventClass(e)})
	d.Shown++
}

// measure tells for each event how long after the one before it happened, of the
// same service on the same node.
func (d *timeLineData) measure() {
	later := map[[2]string]*eventView{} // the next one that was seen, of each service
	for i := range d.Days {
		for k := range d.Days[i].Events {
			e := &d.Days[i].Events[k]
			if e.Service == "" || e.To == "" {
				continue
			}
			of := [2]string{e.Node, e.Service}
			if l := later[of]; l != nil {
				if leg := l.Time.Sub(e.Time); leg > 0 && leg <= maxLeg {
					l.After = leg
				}
			}
			later[of] = e
		}
	}
}

// mentions reports whether the cause of an event has the text, in any case.
func mentions(e *api.Event, text string) bool {
	return text == "" || strings.Contains(strings.ToLower(e.Reason+" "+e.Detail), strings.ToLower(text))
}

func eventClass(e api.Event) string {
	switch {
	case strings.HasPrefix(e.Reason, "alarm") && !strings.HasSuffix(e.Reason, "is over"):
		return "bad"
	case e.To != "":
		return stateClass(&api.Instance{State: e.To})
	case e.Reason == "took over":
		return "ok"
	case strings.HasPrefix(e.Reason, "command"):
		return "note"
	}
	return "off"
}
