package sim

import (
	"fmt"
	"strings"
	"time"
)

// within is how soon after another fault one meets a cluster that has not recovered.
const within = time.Minute

// pairs are the ordered pairs of kinds of faults of which the second began within that
// time of the first, in any run.
type pairs struct {
	met   map[[2]int]bool
	count int // how often any did
}

func (p *pairs) add(faults []drawn) {
	if p.met == nil {
		p.met = map[[2]int]bool{}
	}
	for i, first := range faults {
		for _, second := range faults[i+1:] {
			if second.at > first.at+within {
				break
			}
			p.met[[2]int{first.kind, second.kind}] = true
			p.count++
		}
	}
}

// String says how many of all there are, and which are missing if these are few.
func (p *pairs) String() string {
	var missing []string
	for i, first := range kinds {
		for j, second := range kinds {
			if !p.met[[2]int{i, j}] {
				missing = append(missing, first.name+" before "+second.name)
			}
		}
	}
	text := fmt.Sprintf("%d of %d ordered pairs of %d kinds of faults within %v, %d times",
		len(p.met), len(kinds)*len(kinds), len(kinds), within, p.count)
	if n := len(missing); n > 0 && n <= 10 {
		text += "; not " + strings.Join(missing, ", ")
	}
	return text
}
