package web

import (
	"cmp"
	"net/url"
	"slices"

	"srr/internal/api"
	"srr/internal/identity"
	"srr/internal/service"
)

// servicesData is the global state of every service, by unit.
type servicesData struct {
	Snap  *api.Snapshot
	Units []unitView
}

// unitView is a group, or a service without one.
type unitView struct {
	ID       string
	Unit     *api.Unit
	Class    string
	Group    *groupMark
	Members  []memberView
	Verbs    []verbLink
	Target   string // title of the node that an operator prefers
	Problems []problemRow
}

// memberView is a service in its unit.
type memberView struct {
	Service   *api.Service
	Class     string
	Depth     int // how many others are below it, one on the other
	Running   []*api.Instance
	Instances []instanceView
}

type instanceView struct {
	*api.Instance
	Class, Word, Path string
}

// verbLink leads to the page that asks before a verb is done.
type verbLink struct {
	Verb  api.Verb
	Title string
	Path  string
	Risky bool
}

func (s *Server) services(v *visit) (page, error) {
	d := servicesData{Snap: &v.snap}
	byUnit := map[string][]problemRow{}
	for _, p := range v.snap.Problems() {
		link := subjectPath(&v.snap, p.Subject)
		byUnit[link] = append(byUnit[link], problemRow{Problem: p, Class: severityClass[p.Severity], Do: adviceLink(v, &p)})
	}
	stopped, groups := stoppedUnits(&v.snap), groupMarks(&v.snap)
	for i := range v.snap.Units {
		u := unitViewOf(v, &v.snap.Units[i], stopped)
		if u.Unit.Group {
			u.Group = groups[u.Unit.Name]
		}
		u.Problems = byUnit[unitPath(u.Unit.Word())]
		d.Units = append(d.Units, u)
	}
	slices.SortStableFunc(d.Units, func(a, b unitView) int { return cmp.Compare(rowOrder[a.Class], rowOrder[b.Class]) })
	return page{Title: "Services", Name: "services", Data: d, Live: onChange, Help: "services"}, nil
}

func unitViewOf(v *visit, u *api.Unit, stopped map[service.Unit]bool) unitView {
	out := unitView{ID: partID("unit", u.Word()), Unit: u, Class: "ok"}
	if u.Intent != nil && u.Intent.Kind == api.IntentPrefer {
		out.Target = v.snap.NodeTitle(u.Intent.Node)
	}
	if v.user.Role >= identity.Operator {
		for _, verb := range v.snap.UnitVerbs(u) {
			out.Verbs = append(out.Verbs, linkTo(api.Request{Verb: verb, Unit: u.Word()}))
		}
	}
	depths := map[string]int{}
	for _, name := range inStartOrder(&v.snap, u.Members) {
		svc, err := v.snap.FindService(name)
		if err != nil {
			continue
		}
		row := serviceRowOf(svc, stopped)
		if rowOrder[row.Class] < rowOrder[out.Class] || out.Class == "ok" && row.Class == "off" {
			out.Class = row.Class
		}
		m := memberView{Service: svc, Class: row.Class, Depth: depthOf(svc, depths), Running: row.Running}
		for i := range svc.Instances {
			inst := &svc.Instances[i]
			m.Instances = append(m.Instances, instanceView{inst, stateClass(inst), inst.Word(), instancePath(name, inst)})
		}
		out.Members = append(out.Members, m)
	}
	return out
}

// maxDepth is how deep a tree is drawn.
const maxDepth = 4

// depthOf is how deep a service is in the tree of what needs what, of which depths are
// those that were drawn before it.
func depthOf(svc *api.Service, depths map[string]int) int {
	d := 0
	for _, name := range svc.DependsOn {
		if below, drawn := depths[name]; drawn {
			d = max(d, below+1)
		}
	}
	depths[svc.Name] = min(d, maxDepth)
	return depths[svc.Name]
}

// inStartOrder puts what others depend on first. A circle, which no srrd would
// accept but another node may claim, ends it.
func inStartOrder(s *api.Snapshot, members []string) []string {
	var out []string
	var add func(name string, depth int)
	add = func(name string, depth int) {
		if slices.Contains(out, name) || !slices.Contains(members, name) || depth > len(members) {
			return
		}
		if svc, err := s.FindService(name); err == nil {
			for _, d := range svc.DependsOn {
				add(d, depth+1)
			}
		}
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	for _, m := range members {
		add(m, 0)
	}
	return out
}

// linkTo is the way to ask for a verb.
func linkTo(r api.Request) verbLink {
	q := url.Values{"verb": {string(r.Verb)}}
	for k, val := range map[string]string{"service": r.Service, "unit": r.Unit, "node": r.Node} {
		if val != "" {
			q.Set(k, val)
		}
	}
	w := verbTexts[r.Verb]
	return verbLink{Verb: r.Verb, Title: w.Title, Path: "/act?" + q.Encode(), Risky: w.Risky}
}
