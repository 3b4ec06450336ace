package web

import (
	"srr/internal/api"
	"srr/internal/identity"
)

// configurationRow is one service as this node, or another, has it configured:
// the columns are those of the thesis's overview.
type configurationRow struct {
	ID         string
	Service    *api.Service
	Group      *groupMark
	Instance   *api.Instance // of this node; else the first that is known
	Class      string
	Preference int
	Path       string
	Scope      string
	Area       string
}

type configurationData struct {
	Snap        *api.Snapshot
	Here, There []configurationRow // configured on this node; on others only
	Edit        bool               // services may be changed here, by this user
}

func (s *Server) configuration(v *visit) (page, error) {
	d := configurationData{Snap: &v.snap, Edit: v.user.Role >= identity.Administrator && s.opt.Configurator != nil}
	groups := groupMarks(&v.snap)
	for i := range v.snap.Services {
		svc := &v.snap.Services[i]
		row := configurationRow{ID: partID("service", svc.Name), Service: svc, Group: groups[svc.Group], Class: "off"}
		if len(svc.Instances) > 0 {
			if row.Instance = svc.On(v.snap.RouterID); row.Instance == nil {
				row.Instance = &svc.Instances[0]
			}
			row.Class, row.Preference, row.Path = stateClass(row.Instance), row.Instance.Preference, instancePath(svc.Name, row.Instance)
		}
		row.Scope, row.Area = splitScope(svc.Scope)
		if svc.Local {
			d.Here = append(d.Here, row)
		} else {
			d.There = append(d.There, row)
		}
	}
	return page{Title: "Configuration", Name: "configuration", Data: d, Live: onChange, Help: "configuration"}, nil
}

// editableRows are rows with or without links to change them.
type editableRows struct {
	Rows []configurationRow
	Edit bool
}
