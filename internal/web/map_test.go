package web

import (
	"math"
	"net/http"
	"slices"
	"strings"
	"testing"

	"srr/internal/api"
)

// TestLayoutKeepsThingsApart, is the same each time, and moves little when one
// point goes.
func TestLayoutKeepsThingsApart(t *testing.T) {
	const n = 24
	var lines [][2]int
	for i := 1; i < n; i++ {
		lines = append(lines, [2]int{i / 3, i})
	}
	at := layout(n, lines, nil)
	for i := range at {
		for j := range i {
			if d := math.Hypot(at[i].X-at[j].X, at[i].Y-at[j].Y); d < idealLength/4 || math.IsNaN(d) {
				t.Errorf("%d and %d are %.0f apart", i, j, d)
			}
		}
	}
	if !slices.Equal(at, layout(n, lines, nil)) {
		t.Error("another layout the second time")
	}
	known := map[int]spot{}
	for i, p := range at {
		known[i] = p
	}
	for i, p := range layout(n-1, lines[:n-2], known) {
		if d := math.Hypot(at[i].X-p.X, at[i].Y-p.Y); d > idealLength {
			t.Errorf("%d moved by %.0f because another one went", i, d)
		}
	}
}

// TestMapShowsWhatRunsWhere, the way, and nodes that are not in the network any more.
func TestMapShowsWhatRunsWhere(t *testing.T) {
	s := newSite(t)
	c := s.as("viewer")
	body := s.get(c, "/map?from=10.0.0.252&to=192.0.2.80").body
	for _, want := range []string{"10.0.0.252 → 10.71.9.0/24 → 10.0.0.251 → 10.71.1.0/24 → n1", ">delivered<", `class="wire path"`, ">web</text>", "10.71.2.0/24", `class="node bad"`, ">area 0.0.0.1</text>"} {
		if !strings.Contains(body, want) {
			t.Errorf("the map lacks %q", want)
		}
	}
	if n := strings.Count(body, `class="wire path"`); n != 4 {
		t.Errorf("%d wires are on a way of 4", n)
	}
	each := s.get(c, "/map?from=10.0.0.252").body
	for _, want := range []string{"Ways to each address", `href="/map?from=10.0.0.252&amp;to=192.0.2.80"`, `href="/map?from=10.0.0.252&amp;to=192.0.2.53"`, "10.0.0.252 → 10.71.9.0/24 → 10.0.0.251 → 10.71.1.0/24 → n1"} {
		if !strings.Contains(each, want) {
			t.Errorf("the map lacks %q: %s", want, each)
		}
	}
	for _, bad := range []string{"/map?from=x&to=192.0.2.80", "/map?from=10.0.0.1&to=web"} {
		if got := s.get(c, bad); got.status != http.StatusBadRequest {
			t.Errorf("%s: %d", bad, got.status)
		}
	}
}

// TestAtlasRemembers: what stays keeps its place while it is away for a while.
func TestAtlasRemembers(t *testing.T) {
	var a atlas
	keys := []string{"a", "b", "c", "d", "e"}
	lines := []api.Line{{From: 0, To: 1}, {From: 1, To: 2}, {From: 2, To: 3}, {From: 3, To: 4}}
	first := slices.Clone(a.places(keys, lines))
	if again := a.places(keys, []api.Line{{From: 0, To: 1, Cost: 5}, {From: 1, To: 2}, {From: 2, To: 3}, {From: 3, To: 4}}); !slices.Equal(first, again) {
		t.Error("a cost moved things")
	}
	a.places(keys[:4], lines[:3])
	back := a.places(keys, lines)
	for i := range back {
		if math.Hypot(back[i].X-first[i].X, back[i].Y-first[i].Y) > idealLength {
			t.Errorf("%s came back elsewhere", keys[i])
		}
	}
}

// TestRegions: several areas have a ground each, which reaches around all that is in
// them; one alone has none.
func TestRegions(t *testing.T) {
	square := []spot{{0, 0}, {100, 0}, {100, 100}, {0, 100}, {50, 50}, {50, 0}}
	if got := hull(square); len(got) != 4 || slices.Contains(got, spot{50, 50}) || slices.Contains(got, spot{50, 0}) {
		t.Errorf("the hull of a square has the corners %v", got)
	}
	points := []api.Point{{Areas: []string{"0.0.0.0"}}, {Areas: []string{"0.0.0.0", "0.0.0.1"}}, {Areas: []string{"0.0.0.1"}}, {Areas: nil}}
	at := []spot{{0, 200}, {100, 100}, {200, 300}, {300, 0}}
	got := regions(points, at)
	want := []region{
		{Title: "area 0.0.0.0", Points: "0,200 100,100", X: 100, Y: 100 - regionRise},
		{Title: "area 0.0.0.1", Points: "100,100 200,300", X: 100, Y: 100 - regionRise, Hue: 1},
	}
	if !slices.Equal(got, want) {
		t.Errorf("regions %v, want %v", got, want)
	}
	if got := regions(points[:1], at[:1]); got != nil {
		t.Errorf("one area has a ground: %v", got)
	}
}
