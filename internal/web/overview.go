package web

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"srr/internal/api"
	"srr/internal/service"
)

// banner is the state of the cluster in one line.
type banner struct {
	Critical, Warning, Notice int
	Class                     string
	NodesUp, Nodes            int
	Running, Services         int
}

func bannerOf(s *api.Snapshot) banner {
	return countUp(s, s.Problems())
}

func countUp(s *api.Snapshot, problems []api.Problem) banner {
	b := banner{Nodes: len(s.Nodes), Services: len(s.Services), Class: "ok"}
	for i := range problems {
		switch problems[i].Severity {
		case api.Critical:
			b.Critical++
		case api.Warning:
			b.Warning++
		default:
			b.Notice++
		}
	}
	switch {
	case b.Critical > 0:
		b.Class = "bad"
	case b.Warning > 0:
		b.Class = "warn"
	}
	for i := range s.Nodes {
		if s.Nodes[i].State == api.NodeUp {
			b.NodesUp++
		}
	}
	for i := range s.Services {
		if slices.ContainsFunc(s.Services[i].Instances, func(i api.Instance) bool { return i.Runs() }) {
			b.Running++
		}
	}
	return b
}

// overviewData is what is wrong first, then what runs where.
type overviewData struct {
	Banner   banner
	Snap     *api.Snapshot
	Problems []problemRow
	Services []serviceRow
	Nodes    []nodeRow
}

type problemRow struct {
	api.Problem
	ID, Class, Link string
	Do              *verbLink  // what is advised, if the console can do it
	Group           *groupMark // if it is about one
}

var severityClass = map[api.Severity]string{api.Critical: "bad", api.Warning: "warn", api.Notice: "note"}

// serviceRow is one service where it runs.
type serviceRow struct {
	ID        string
	Service   *api.Service
	Group     *groupMark // nil: it is in none
	Unit      string     // word
	Running   []*api.Instance
	Moving    []*api.Instance // starting or stopping
	Elsewhere []chip
	Class     string
	Stopped   bool // by an operator
}

// chip is an instance in a word.
type chip struct {
	Title, Word, Class, Path string
}

func (s *Server) overview(v *visit) (page, error) {
	problems := v.snap.Problems()
	d := overviewData{Banner: countUp(&v.snap, problems), Snap: &v.snap, Nodes: nodeRows(&v.snap)}
	stopped, groups := stoppedUnits(&v.snap), groupMarks(&v.snap)
	seen := map[string]int{}
	for _, p := range problems {
		id := partID("problem", p.Subject, p.Text)
		if seen[id]++; seen[id] > 1 {
			id = fmt.Sprintf("%s-%d", id, seen[id])
		}
		row := problemRow{Problem: p, ID: id, Class: severityClass[p.Severity], Link: subjectPath(&v.snap, p.Subject), Do: adviceLink(v, &p)}
		if name, is := strings.CutPrefix(p.Subject, "group "); is {
			row.Group = groups[name]
		}
		d.Problems = append(d.Problems, row)
	}
	for i := range v.snap.Services {
		row := serviceRowOf(&v.snap.Services[i], stopped)
		row.Group = groups[row.Service.Group]
		d.Services = append(d.Services, row)
	}
	// What does not run first, then groups together.
	slices.SortStableFunc(d.Services, func(a, b serviceRow) int {
		return cmp.Or(cmp.Compare(rowOrder[a.Class], rowOrder[b.Class]), cmp.Compare(a.Unit, b.Unit))
	})
	return page{Title: "Overview", Name: "overview", Data: d, Live: onChange, Help: "overview"}, nil
}

var rowOrder = map[string]int{"bad": -2, "busy": -1}

// stoppedUnits are those that an operator stopped.
func stoppedUnits(s *api.Snapshot) map[service.Unit]bool {
	out := map[service.Unit]bool{}
	for i := range s.Units {
		if u := &s.Units[i]; u.Stopped() {
			out[service.Unit{Name: u.Name, Group: u.Group}] = true
		}
	}
	return out
}

func serviceRowOf(svc *api.Service, stopped map[service.Unit]bool) serviceRow {
	r := serviceRow{
		ID: partID("service", svc.Name), Service: svc, Unit: svc.Unit().Name, Class: "ok",
		Running: svc.Running(), Moving: svc.Between(), Stopped: stopped[svc.Unit()],
	}
	switch {
	case len(r.Running) > 1:
		r.Class = "bad"
	case len(r.Running) == 0 && len(r.Moving) > 0:
		r.Class = "busy"
	case len(r.Running) == 0 && r.Stopped:
		r.Class = "off"
	case len(r.Running) == 0:
		r.Class = "bad"
	}
	for i := range svc.Instances {
		if inst := &svc.Instances[i]; !inst.Runs() {
			r.Elsewhere = append(r.Elsewhere, chipOf(svc, inst))
		}
	}
	return r
}

func chipOf(svc *api.Service, i *api.Instance) chip {
	return chip{i.Title(), i.Word(), stateClass(i), instancePath(svc.Name, i)}
}

func instancePath(service string, i *api.Instance) string {
	return "/services/" + url.PathEscape(service) + "/" + i.RouterID.String()
}

// unitID is where the page of services has the unit of a service.
func unitID(svc *api.Service) string { return partID("unit", unitWord(svc.Unit())) }

func unitPath(word string) string { return "/services#" + partID("unit", word) }

// subjectPath is the page about what a problem is about; "" if there is none.
func subjectPath(s *api.Snapshot, subject string) string {
	if _, name, ok := strings.Cut(subject, "node "); ok {
		if n, err := s.FindNode(name); err == nil {
			return "/nodes/" + n.RouterID.String()
		}
		return ""
	}
	if name, ok := strings.CutPrefix(subject, "group "); ok {
		return unitPath("group/" + name)
	}
	if svc, err := s.FindService(subject); err == nil {
		if svc.Group != "" {
			return unitPath("group/" + svc.Group)
		}
		return unitPath(svc.Name)
	}
	return ""
}
