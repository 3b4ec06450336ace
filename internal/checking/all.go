package checking

import (
	"context"

	"srr/internal/service"
)

// All is several checks as one, such as one of each address of a service: down
// if one is down, else unknown if one is unknown, else up. They run at once.
type All struct {
	Checks []Check
}

// Check runs all of them.
func (a *All) Check(ctx context.Context) Result {
	results := make([]Result, len(a.Checks))
	done := make(chan struct{})
	for i, c := range a.Checks {
		go func() {
			results[i] = c.Check(ctx)
			done <- struct{}{}
		}()
	}
	for range a.Checks {
		<-done
	}
	return worst(results)
}

func worst(results []Result) Result {
	for _, h := range []service.Health{service.Down, service.Unknown, service.Up} {
		for _, r := range results {
			if r.Health == h {
				return r
			}
		}
	}
	return Unknownf("nothing to check")
}
