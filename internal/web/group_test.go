package web

import (
	"strings"
	"testing"

	"srr/internal/api"
	"srr/internal/api/apitest"
)

// TestGroupsSayHowTheyAre, wherever one is named.
func TestGroupsSayHowTheyAre(t *testing.T) {
	s := newSite(t)
	snap := s.fake.Snapshot()
	var member *api.Service
	for i := range snap.Services {
		if snap.Services[i].Group == "shop" {
			member = &snap.Services[i]
		}
	}
	c := s.as("operator")
	mark := groupMarks(&snap)["shop"]
	want := `<span class="word ` + mark.Class + `">` + mark.Word + `</span>`
	for _, path := range []string{"/", "/services", "/nodes/n1", "/services/" + member.Name + "/n1", "/configuration", "/availability", "/act?verb=move&unit=group/shop"} {
		body := s.get(c, path).body
		if _, after, named := strings.Cut(body, "shop</a>"); path != "/services" && !strings.HasPrefix(path, "/act") && (!named || !strings.HasPrefix(strings.TrimSpace(after), want)) {
			t.Errorf("%s: the group is named without its state: %.60q", path, after)
		}
		if !strings.Contains(body, want) {
			t.Errorf("%s: no %s", path, want)
		}
	}
}

func TestGroupState(t *testing.T) {
	one, two := []*api.Instance{{}}, []*api.Instance{{}, {}}
	row := func(class string, critical bool, running []*api.Instance) serviceRow {
		return serviceRow{Class: class, Running: running, Service: &api.Service{Critical: critical}}
	}
	up, off := row("ok", true, one), row("off", true, nil)
	for _, c := range []struct {
		want    string
		members []serviceRow
	}{
		{"ok runs", []serviceRow{up, up}},
		{"off stopped", []serviceRow{off, off}},
		{"busy moves", []serviceRow{up, row("busy", true, nil)}},
		{"bad down", []serviceRow{row("bad", true, nil), row("bad", false, nil)}},
		{"bad in part", []serviceRow{up, row("bad", true, nil)}},
		{"warn in part", []serviceRow{up, row("bad", false, nil)}},
		{"bad runs twice", []serviceRow{up, row("bad", true, two)}},
	} {
		if g := groupStateOf(c.members); g.Class+" "+g.Word != c.want {
			t.Errorf("%s %s, want %s", g.Class, g.Word, c.want)
		}
	}
}

// TestGroupInTrouble has its state where the trouble is told.
func TestGroupInTrouble(t *testing.T) {
	s := newSite(t)
	snap := apitest.Shop()
	for i := range snap.Units {
		if u := &snap.Units[i]; u.Name == "shop" {
			u.Eligible = 0
		}
	}
	s.fake.SetSnapshot(snap)
	mark := groupMarks(&snap)["shop"]
	want := `group shop</a></b> <span class="word ` + mark.Class + `">` + mark.Word + `</span> <span class="what">`
	if body := s.get(s.as("viewer"), "/").body; !strings.Contains(body, want) {
		t.Errorf("no %s in %s", want, body)
	}
}

// TestNobodyIsAskedWhoIsGone: an instance of a node that cannot be reached has no verbs.
func TestNobodyIsAskedWhoIsGone(t *testing.T) {
	s := newSite(t)
	snap := apitest.Shop()
	s.fake.SetSnapshot(snap)
	c := s.as("operator")
	if body := s.get(c, "/services/web/10.0.0.2").body; !strings.Contains(body, "verb=deactivate") {
		t.Errorf("n2 is up: %s", body)
	}
	snap = apitest.Shop()
	snap.Nodes[1].State = api.NodeDown
	s.fake.SetSnapshot(snap)
	if body := s.get(c, "/services/web/10.0.0.2").body; strings.Contains(body, "verb=") {
		t.Errorf("n2 is down: %s", body)
	}
}
