package availability

import (
	"math"
	"time"

	"srr/internal/api"
)

// Sum is for how long a service was what. As JSON it is four numbers, in seconds.
type Sum [numKinds]float64

func (s *Sum) add(o Sum) {
	for k := range s {
		s[k] += o[k]
	}
}

// share is a sum in the words of the API.
func (s *Sum) share(days int) api.ServedShare {
	out := api.ServedShare{
		Days: days, UpSeconds: s[Up], DownSeconds: s[Down], PlannedSeconds: s[Planned], UnknownSeconds: s[Unknown],
	}
	if counted := s[Up] + s[Down]; counted > 0 {
		percent := 100 * s[Up] / counted
		class := Class(s[Down] / counted)
		out.Percent, out.Class = &percent, &class
	}
	return out
}

// maxClass is the highest of the thesis, 3 s in a year.
const maxClass = 7

// Class is how many nines the part of the time has in which a service was there, by
// the part in which it was not: the thesis, table D.
func Class(unavailable float64) int {
	if unavailable <= 0 {
		return maxClass
	}
	// A part of exactly 0.001 is class 3, whatever the last bit of its logarithm says.
	return int(min(max(math.Floor(-math.Log10(unavailable)+1e-9), 0), maxClass))
}

const layout = time.DateOnly

// dayOf names the day of a moment, in UTC.
func dayOf(t time.Time) string { return t.UTC().Format(layout) }
