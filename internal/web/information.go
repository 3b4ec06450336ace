package web

import (
	"runtime"

	"srr/internal/api"
	"srr/internal/version"
)

type informationData struct {
	Snap      *api.Snapshot
	Version   string
	Go        string
	User      string
	Role      string
	Via       string
	Machine   machine
	Documents []string
}

func (s *Server) information(v *visit) (page, error) {
	d := informationData{
		Snap: &v.snap, Version: version.Version(), Go: runtime.Version(), User: v.user.Name, Role: v.user.Role.String(),
		Via: v.user.Via, Machine: machineOf(""), Documents: documents,
	}
	return page{Title: "Information", Name: "information", Data: d, Help: "information"}, nil
}
