package web

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"srr/internal/api"
)

// timeLineData is what happened, newest first.
type timeLineData struct {
	Node, Service, Cause string
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
	if d.Hours != "" {
		live = still
	}
	return page{Title: "Time line", Name: "timeline", Data: d, Live: live, Help: "timeline"}, nil
}

// eventsOf are those that the filter leaves, newest first, one more than are shown
// if there are more. Without a time, those in memory are looked through: a page that
// is watched must cost little.
func (s *Server) eventsOf(v *visit, d *timeLineData) ([]api.Event, error) {
	node := d.Node
	if n, err := v.snap.FindNode(d.Node); err == nil {
		node = n.Title()
	}
	wanted := func(e *api.Event) bool {
		return (node == "" || e.Node == node) && (d.Service == "" || e.Service == d.Service) && mentions(e, d.Cause)
	}
	if d.Hours == "" {
		return s.chronicle.newest(v.ctx, maxEvents+1, wanted)
	}
	h, err := strconv.ParseFloat(d.Hours, 64)
	if err != nil || h <= 0 || h > 1e5 {
		return nil, invalid("the hours must be a number above 0")
	}
	since := time.Now().Add(-time.Duration(h * float64(time.Hour)))
	events, err := s.collect(v, api.EventQuery{Service: d.Service, Node: node, Since: since, Limit: maxRead})
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
	t.Events = append(t.Events, eventView{Event: e, ID: partID("event", strconv.FormatUint(e.Sequence, 10)), Class: eventClass(e)})
	d.Shown++
}

// measure tells for each event how long after the one before it happened, of the
// same service.
func (d *timeLineData) measure() {
	later := map[string]*eventView{} // the next one that was seen, of each service
	for i := range d.Days {
		for k := range d.Days[i].Events {
			e := &d.Days[i].Events[k]
			if e.Service == "" || e.To == "" {
				continue
			}
			if l := later[e.Service]; l != nil {
				if leg := l.Time.Sub(e.Time); leg > 0 && leg <= maxLeg {
					l.After = leg
				}
			}
			later[e.Service] = e
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
