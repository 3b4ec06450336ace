package web

import (
	"math"
)

// spot is a place on the map.
type spot struct{ X, Y float64 }

const (
	// idealLength is how long a line between two points is at rest.
	idealLength = 150.0
	layoutSteps = 250
)

// layout finds places for points so that what is joined is near and nothing is on
// top of anything else: forces between all, springs along the lines (Fruchterman
// and Reingold, 1991). It is the same each time. Places that are known already are
// where it begins, and with most of them known it only settles.
func layout(n int, lines [][2]int, known map[int]spot) []spot {
	at := make([]spot, n)
	for i := range at {
		if p, ok := known[i]; ok {
			at[i] = p
			continue
		}
		angle, r := float64(i)*2.399963, idealLength*math.Sqrt(float64(i)+0.5) // the golden angle
		at[i] = spot{r * math.Cos(angle) * 1.5, r * math.Sin(angle)}
	}
	heat, steps := idealLength, layoutSteps
	if len(known)*4 > n*3 {
		heat, steps = heat/8, steps/8
	}
	for step := range steps {
		relax(at, lines, heat*(1-float64(step)/float64(steps)))
	}
	return at
}

// relax moves every point once, at most so far.
func relax(at []spot, lines [][2]int, limit float64) {
	force, joined := make([]spot, len(at)), make([]bool, len(at))
	for _, l := range lines {
		joined[l[0]], joined[l[1]] = true, true
	}
	for i := range at {
		for j := i + 1; j < len(at); j++ {
			dx, dy := at[i].X-at[j].X, (at[i].Y-at[j].Y)*1.6 // wider than high, as screens and words are
			d2 := math.Max(dx*dx+dy*dy, 1)
			f := idealLength * idealLength / d2
			force[i].X, force[i].Y = force[i].X+dx*f, force[i].Y+dy*f
			force[j].X, force[j].Y = force[j].X-dx*f, force[j].Y-dy*f
		}
		pull := 0.4 // parts that are not joined stay near
		if !joined[i] {
			pull = 2.5 // and single points nearer
		}
		force[i].X, force[i].Y = force[i].X-at[i].X*pull, force[i].Y-at[i].Y*2*pull
	}
	for _, l := range lines {
		a, b := l[0], l[1]
		dx, dy := at[a].X-at[b].X, at[a].Y-at[b].Y
		f := math.Hypot(dx, dy) / idealLength
		force[a].X, force[a].Y = force[a].X-dx*f, force[a].Y-dy*f
		force[b].X, force[b].Y = force[b].X+dx*f, force[b].Y+dy*f
	}
	for i := range at {
		if size := math.Hypot(force[i].X, force[i].Y); size > 0 {
			scale := math.Min(size, limit) / size
			at[i].X, at[i].Y = at[i].X+force[i].X*scale, at[i].Y+force[i].Y*scale
		}
	}
}
