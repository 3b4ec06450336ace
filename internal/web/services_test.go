package web

import (
	"strings"
	"testing"

	"srr/internal/api"
)

// TestDependenciesAreDrawn: what needs something stands below it, further in.
func TestDependenciesAreDrawn(t *testing.T) {
	depths := map[string]int{}
	for _, c := range []struct {
		name  string
		needs []string
		want  int
	}{{"disk", nil, 0}, {"base", []string{"disk"}, 1}, {"web", []string{"disk", "base"}, 2}, {"alone", []string{"elsewhere"}, 0}} {
		if got := depthOf(&api.Service{Name: c.name, DependsOn: c.needs}, depths); got != c.want {
			t.Errorf("%s is drawn at depth %d, want %d", c.name, got, c.want)
		}
	}
	s := newSite(t)
	body := s.get(s.as("viewer"), "/services").body
	disk, web := strings.Index(body, `<th scope="row">disk`), strings.Index(body, `<th scope="row" class="tree d1">web <small>critical</small><span class="needs">needs disk</span>`)
	if disk < 0 || web < disk {
		t.Errorf("disk at %d, web at %d of %s", disk, web, body)
	}
}
