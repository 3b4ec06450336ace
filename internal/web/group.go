package web

import "srr/internal/api"

// groupMark is a group with its overall state, wherever it is named.
type groupMark struct {
	Name, Class, Word, Path string
}

// groupMarks are those of all groups, by name.
func groupMarks(s *api.Snapshot) map[string]*groupMark {
	stopped := stoppedUnits(s)
	members := map[string][]serviceRow{}
	for i := range s.Services {
		if svc := &s.Services[i]; svc.Group != "" {
			members[svc.Group] = append(members[svc.Group], serviceRowOf(svc, stopped))
		}
	}
	out := make(map[string]*groupMark, len(members))
	for name, rows := range members {
		g := groupStateOf(rows)
		g.Name, g.Path = name, unitPath("group/"+name)
		out[name] = &g
	}
	return out
}

// groupStateOf sums up members. A group serves while its critical ones run.
func groupStateOf(members []serviceRow) groupMark {
	runs, off, busy, twice, critical := 0, 0, 0, false, false
	for i := range members {
		switch m := &members[i]; {
		case len(m.Running) > 1:
			twice = true
		case len(m.Running) == 1:
			runs++
		case m.Class == "off":
			off++
		case m.Class == "busy":
			busy++
		default:
			critical = critical || m.Service.Critical
		}
	}
	switch {
	case twice:
		return groupMark{Class: "bad", Word: "runs twice"}
	case runs == len(members):
		return groupMark{Class: "ok", Word: "runs"}
	case off == len(members):
		return groupMark{Class: "off", Word: "stopped"}
	case busy > 0:
		return groupMark{Class: "busy", Word: "moves"}
	case runs == 0:
		return groupMark{Class: "bad", Word: "down"}
	case critical:
		return groupMark{Class: "bad", Word: "in part"}
	}
	return groupMark{Class: "warn", Word: "in part"}
}
