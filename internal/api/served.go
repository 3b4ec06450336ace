package api

import (
	"net/http"
	"strconv"
	"strings"
)

// Served is for how long a service was served, as the answering node has seen it.
type Served struct {
	Service string      `json:"service"`
	Month   ServedShare `json:"month"`
	Year    ServedShare `json:"year"`
}

// ServedShare is what is known of some days, today included. What the node did not
// see, because srrd did not run there, is in none of the sums.
type ServedShare struct {
	Days           int     `json:"days"`
	UpSeconds      float64 `json:"up_seconds"`
	DownSeconds    float64 `json:"down_seconds"`
	PlannedSeconds float64 `json:"planned_seconds"` // down as an operator wanted it, or in maintenance
	UnknownSeconds float64 `json:"unknown_seconds"` // the node was cut off, or could not tell
	// Percent of up and down together, and the number of nines, 0 to 7. Missing if
	// there was neither.
	Percent *float64 `json:"percent,omitempty"`
	Class   *int     `json:"class,omitempty"`
}

// SeenSeconds is how long anything is known of.
func (s *ServedShare) SeenSeconds() float64 {
	return s.UpSeconds + s.DownSeconds + s.PlannedSeconds + s.UnknownSeconds
}

// Meter knows for how long services were served. It does not block.
type Meter interface {
	Served() []Served
}

// Measure lets the server say for how long services were served. To be called before
// Serve.
func (s *Server) Measure(m Meter) { s.meter = m }

// Served is what the meter says, by name of the service.
func (s *Server) Served() []Served {
	if s.meter == nil {
		return nil
	}
	return s.meter.Served()
}

func (s *Server) served(w http.ResponseWriter, r *http.Request) {
	if _, err := query(r); err != nil {
		s.fail(w, r, err)
		return
	}
	s.answer(w, http.StatusOK, append([]Served{}, s.Served()...))
}

// PercentWord is Percent in as many digits as its nines need; it is rounded down, so
// that only what was never down is 100 %. "": there is none.
func (s *ServedShare) PercentWord() string {
	switch {
	case s.Percent == nil:
		return ""
	case *s.Percent >= 100:
		return "100 %"
	}
	whole, digits, _ := strings.Cut(strconv.FormatFloat(*s.Percent, 'f', 8, 64), ".")
	n := 2
	if whole == "99" {
		n += len(digits) - len(strings.TrimLeft(digits, "9"))
	}
	return whole + "." + digits[:min(n, len(digits))] + " %"
}
