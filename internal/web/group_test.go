package web

import (
	"strings"
	"testing"

	"srr/internal/api"
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
	mark := groupMarks(&snap)["shop"]
	want := `<span class="word ` + mark.Class + `">` + mark.Word + `</span>`
	for _, path := range []string{"/", "/services", "/nodes/n1", "/services/" + member.Name + "/n1", "/configuration", "/availability"} {
		body := s.get(s.as("viewer"), path).body
		if _, after, named := strings.Cut(body, "shop</a>"); path != "/services" && (!named || !strings.HasPrefix(strings.TrimSpace(after), want)) {
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
