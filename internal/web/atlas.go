package web

import (
	"fmt"
	"strings"
	"sync"

	"srr/internal/api"
)

// atlas remembers where things are on the map, so that what stays does not move
// when something else comes or goes.
type atlas struct {
	mu    sync.Mutex
	drawn string // what the places were made for
	at    map[string]spot
}

// maxPlaces bounds the memory of an atlas.
const maxPlaces = 4096

// places finds a place for every point.
func (a *atlas) places(keys []string, lines []api.Line) []spot {
	a.mu.Lock()
	defer a.mu.Unlock()
	drawing := strings.Join(keys, "\n") + fmt.Sprint(shape(lines))
	if len(a.at) > maxPlaces || a.at == nil {
		a.at, a.drawn = map[string]spot{}, ""
	}
	if drawing != a.drawn {
		known := map[int]spot{}
		for i, k := range keys {
			if p, ok := a.at[k]; ok {
				known[i] = p
			}
		}
		for i, p := range layout(len(keys), shape(lines), known) {
			a.at[keys[i]] = p
		}
		a.drawn = drawing
	}
	out := make([]spot, len(keys))
	for i, k := range keys {
		out[i] = a.at[k]
	}
	return out
}

// shape is what is joined to what, without costs.
func shape(lines []api.Line) [][2]int {
	out := make([][2]int, len(lines))
	for i, l := range lines {
		out[i] = [2]int{l.From, l.To}
	}
	return out
}
