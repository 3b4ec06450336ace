package web

import (
	"slices"

	"srr/internal/api"
	"srr/internal/identity"
)

// nodeRow is one node.
type nodeRow struct {
	*api.Node
	ID, Class, Path string
	Runs            int
}

func nodeRows(s *api.Snapshot) []nodeRow {
	runs := map[string]int{}
	for i := range s.Services {
		for _, inst := range s.Services[i].Running() {
			runs[inst.RouterID.String()]++
		}
	}
	var out []nodeRow
	for i := range s.Nodes {
		n := &s.Nodes[i]
		id := n.RouterID.String()
		out = append(out, nodeRow{n, partID("node", id), nodeClass(n), "/nodes/" + id, runs[id]})
	}
	return out
}

func nodeClass(n *api.Node) string {
	switch n.State {
	case api.NodeUp:
		bad := []string{api.FlagCutOff, api.FlagNotDurable, api.FlagSelfDoubt, api.FlagDuplicate, api.FlagDetached, api.FlagDrained, api.FlagMaintenance}
		if slices.ContainsFunc(bad, n.Has) {
			return "warn"
		}
		return "ok"
	case api.NodeDown:
		return "bad"
	}
	return "warn"
}

func (s *Server) nodes(v *visit) (page, error) {
	return page{Title: "Nodes", Name: "nodes", Data: nodeRows(&v.snap), Live: onChange, Help: "nodes"}, nil
}

// nodeData is one node with everything on it.
type nodeData struct {
	nodeRow
	Snap      *api.Snapshot
	Suspects  []string
	Verbs     []verbLink
	Instances []nodeInstance
	Alarms    []api.Alarm
	Checks    []api.Check // of the doctor, when asked for
	Asked     bool
}

type nodeInstance struct {
	Service *api.Service
	Group   *groupMark
	instanceView
}

func (s *Server) node(v *visit) (page, error) {
	n, err := v.snap.FindNode(v.r.PathValue("node"))
	if err != nil {
		return page{}, err
	}
	d := nodeData{Snap: &v.snap}
	for _, row := range nodeRows(&v.snap) {
		if row.RouterID == n.RouterID {
			d.nodeRow = row
		}
	}
	for _, id := range n.Suspects {
		d.Suspects = append(d.Suspects, v.snap.NodeTitle(id))
	}
	if v.user.Role >= identity.Operator {
		d.Verbs = nodeVerbs(n)
	}
	groups := groupMarks(&v.snap)
	for i := range v.snap.Services {
		svc := &v.snap.Services[i]
		for k := range svc.Instances {
			if inst := &svc.Instances[k]; inst.RouterID == n.RouterID {
				d.Instances = append(d.Instances, nodeInstance{svc, groups[svc.Group], instanceView{inst, stateClass(inst), inst.Word(), instancePath(svc.Name, inst)}})
			}
		}
	}
	for _, a := range v.snap.Alarms {
		if a.RouterID == n.RouterID || a.RouterID == 0 && n.Self {
			d.Alarms = append(d.Alarms, a)
		}
	}
	live := onChange
	if n.Self && v.r.URL.Query().Get("doctor") != "" {
		d.Asked, live = true, still
		if d.Checks, err = ask(s, v, s.opt.Inspector.Doctor); err != nil {
			return page{}, err
		}
	}
	return page{Title: "Node " + n.Title(), Name: "node", Data: d, Live: live, Help: "nodes"}, nil
}

func nodeVerbs(n *api.Node) []verbLink {
	var out []verbLink
	for _, verb := range api.NodeVerbs(n) {
		link := linkTo(api.Request{Verb: verb, Node: ""})
		link.Path += "&at=" + n.RouterID.String()
		if verb == api.Maintenance {
			link.Title = "Begin maintenance"
			if n.Has(api.FlagMaintenance) {
				link.Title = "End maintenance"
			} else {
				link.Path += "&on=true"
			}
		}
		out = append(out, link)
	}
	return out
}
