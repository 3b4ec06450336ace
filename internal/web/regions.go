package web

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"srr/internal/api"
)

// region is the ground of an OSPF area on the map: what the link-state database knows
// of sites.
type region struct {
	Title  string
	Points string // of a polygon, which a wide border rounds
	X, Y   int    // of the title
	Hue    int    // 0 to regionHues-1
}

const (
	// regionHues is how many areas the style sheet can tell apart.
	regionHues = 6
	// regionRise is how far above its highest point the title of an area is.
	regionRise = 50
)

// regions draws the areas, if there are several. Border routers are in each of theirs.
func regions(points []api.Point, at []spot) []region {
	in := map[string][]spot{}
	for i := range points {
		for _, a := range points[i].Areas {
			in[a] = append(in[a], at[i])
		}
	}
	if len(in) < 2 {
		return nil
	}
	var out []region
	for a, spots := range in {
		r := region{Title: "area " + a}
		top := slices.MinFunc(spots, func(p, q spot) int { return cmp.Compare(p.Y, q.Y) })
		r.X, r.Y = int(top.X), int(top.Y)-regionRise
		var corners []string
		for _, p := range hull(spots) {
			corners = append(corners, fmt.Sprintf("%d,%d", int(p.X), int(p.Y)))
		}
		r.Points = strings.Join(corners, " ")
		out = append(out, r)
	}
	slices.SortFunc(out, func(a, b region) int { return strings.Compare(a.Title, b.Title) })
	for i := range out {
		out[i].Hue = i % regionHues
	}
	return out
}

// hull is the least convex polygon around points (Andrew's monotone chain).
func hull(points []spot) []spot {
	p := slices.Clone(points)
	slices.SortFunc(p, func(a, b spot) int { return cmp.Or(cmp.Compare(a.X, b.X), cmp.Compare(a.Y, b.Y)) })
	p = slices.Compact(p)
	if len(p) < 3 {
		return p
	}
	half := func(p []spot) (chain []spot) {
		for _, next := range p {
			for len(chain) > 1 && !turnsLeft(chain[len(chain)-2], chain[len(chain)-1], next) {
				chain = chain[:len(chain)-1]
			}
			chain = append(chain, next)
		}
		return chain[:len(chain)-1] // where the other half begins
	}
	lower := half(p)
	slices.Reverse(p)
	return append(lower, half(p)...)
}

func turnsLeft(a, b, c spot) bool { return (b.X-a.X)*(c.Y-a.Y)-(b.Y-a.Y)*(c.X-a.X) > 0 }
