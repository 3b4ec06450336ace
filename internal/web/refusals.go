package web

import (
	"sync"
	"time"
)

const (
	// refusalWindow and maxRefusals bound the lines in the log about requests that
	// were refused: strangers must not fill it.
	refusalWindow = 10 * time.Second
	maxRefusals   = 10
)

// refusals counts what was refused.
type refusals struct {
	mu    sync.Mutex
	began time.Time
	n     int
}

// tell reports whether a refusal is to be told, and how many were not since the
// last that was.
func (r *refusals) tell(now time.Time) (yes bool, untold int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if now.Sub(r.began) >= refusalWindow {
		untold = max(r.n-maxRefusals, 0)
		r.began, r.n = now, 0
	}
	r.n++
	return r.n <= maxRefusals, untold
}
