package daemon

import (
	"testing"

	"srr/internal/discovery"
	"srr/internal/frr/doctor"
	"srr/internal/ospf/spf"
	"srr/internal/routerid"
)

func TestAgreement(t *testing.T) {
	theirs := map[routerid.ID]discovery.Reach{1: {}, 2: {}, 3: {}}
	if f := agreement(theirs, map[routerid.ID]spf.Path{3: {}, 1: {}, 2: {}}); f.Level != doctor.OK || f.Is != "ospfd and its database agree on 3 routers" {
		t.Errorf("%+v", f)
	}
	f := agreement(theirs, map[routerid.ID]spf.Path{3: {}, 9: {}})
	if want := "ospfd reaches 0.0.0.1 0.0.0.2, and the database has no path; the database has a path to 0.0.0.9, and ospfd does not reach it"; f.Level != doctor.Warn || f.Is != want {
		t.Errorf("%+v", f)
	}
}
