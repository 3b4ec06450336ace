package web

import (
	"fmt"
	"math"

	"srr/internal/service"
)

// machine is the picture of the states and their transitions, from
// service.Table, with the present one marked.
type machine struct {
	Boxes  []machineBox
	Arrows []machineArrow
	Width  int
	Height int
}

type machineBox struct {
	X, Y, W, H  int
	CX, CY1     int // where the words are
	CY2         int
	Config, Run string
	Here        bool
}

type machineArrow struct {
	Path  string
	Event string
	Here  bool // leads away from the present state
	Rare  bool // happens when a daemon starts, only
}

const (
	boxWidth, boxHeight = 104, 40
	stepX, stepY        = 148, 92
	margin              = 14
)

// places are columns and rows, in the order of a healthy life from the left.
var places = map[service.State][2]float64{
	service.Disabled: {0, 0}, service.Inactive: {1, 0}, service.Injected: {2, 0},
	service.Stopped: {3, 0}, service.Starting: {4, 0}, service.Started: {5, 0},
	service.Refused: {1, 1}, service.Deactivated: {2, 1}, service.FailedReleased: {3, 1.4},
	service.Stopping: {4.6, 1}, service.FailedHeld: {4.2, 2},
}

func machineOf(state string) machine {
	m := machine{Width: 2*margin + 5*stepX + boxWidth, Height: 2*margin + 2*stepY + boxHeight}
	var at service.State
	known := at.UnmarshalText([]byte(state)) == nil
	for _, t := range service.Table {
		m.Arrows = append(m.Arrows, machineArrow{
			Path: arrow(t.From, t.To), Event: fmt.Sprintf("%s: %s → %s", t.On, t.From, t.To),
			Here: known && t.From == at, Rare: t.On == service.EvAdopt || t.On == service.EvStray,
		})
	}
	for s := service.State(0); s.Valid(); s++ {
		x, y := corner(s)
		config, run := splitState(s.String())
		m.Boxes = append(m.Boxes, machineBox{
			X: int(x), Y: int(y), W: boxWidth, H: boxHeight, CX: int(x) + boxWidth/2, CY1: int(y) + 17, CY2: int(y) + 32,
			Config: config, Run: run, Here: known && s == at,
		})
	}
	return m
}

func corner(s service.State) (x, y float64) {
	p := places[s]
	return margin + p[0]*stepX, margin + p[1]*stepY
}

// arrow is a curve from the edge of one box to that of another. Arrows in both
// directions bend away from each other.
func arrow(from, to service.State) string {
	x1, y1 := corner(from)
	x2, y2 := corner(to)
	x1, y1, x2, y2 = x1+boxWidth/2, y1+boxHeight/2, x2+boxWidth/2, y2+boxHeight/2
	dx, dy := x2-x1, y2-y1
	length := math.Hypot(dx, dy)
	bend := 10 + length/14
	mx, my := (x1+x2)/2-dy/length*bend, (y1+y2)/2+dx/length*bend
	sx, sy := border(x1, y1, mx, my, 0)
	ex, ey := border(x2, y2, mx, my, 3)
	return fmt.Sprintf("M%.1f %.1fQ%.1f %.1f %.1f %.1f", sx, sy, mx, my, ex, ey)
}

// border is where the line from the middle of a box towards a point leaves it,
// and gap beyond that.
func border(x, y, tx, ty, gap float64) (float64, float64) {
	dx, dy := tx-x, ty-y
	scale := math.Min((boxWidth/2+gap)/math.Max(math.Abs(dx), 1e-9), (boxHeight/2+gap)/math.Max(math.Abs(dy), 1e-9))
	return x + dx*scale, y + dy*scale
}
