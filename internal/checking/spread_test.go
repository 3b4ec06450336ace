//go:build !race

package checking

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"srr/internal/service"
)

// Not with the race detector: its runtime (Go 1.26.8) has crashed with a
// thousand timers in one bubble of synctest.

func TestScheduleSpreads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := NewScheduler(7, func(Report) {})
		defer s.Close()
		configs, probes := map[string]Config{}, []*probe{}
		for i := range 1000 {
			p := newProbe(service.Up)
			probes = append(probes, p)
			configs[fmt.Sprintf("svc-%d", i)] = every(p)
		}
		s.Set(configs)
		time.Sleep(10 * time.Second)
		synctest.Wait()
		perSecond := make([]int, 11)
		for _, p := range probes {
			perSecond[int(p.runs[1]/time.Second)]++
		}
		for sec, n := range perSecond[:10] {
			if n < 50 || n > 150 {
				t.Errorf("%d checks in second %d: %v", n, sec, perSecond)
			}
		}
	})
}
