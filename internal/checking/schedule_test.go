package checking

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"srr/internal/service"
)

// probe answers what it is told after a delay, and counts.
type probe struct {
	mu      sync.Mutex
	health  service.Health
	takes   time.Duration
	running int
	runs    []time.Duration
	began   time.Time
	overlap bool
}

func newProbe(h service.Health) *probe { return &probe{health: h, began: time.Now()} }

func (p *probe) Check(ctx context.Context) Result {
	p.mu.Lock()
	p.running++
	p.overlap = p.overlap || p.running > 1
	p.runs = append(p.runs, time.Since(p.began))
	health, takes := p.health, p.takes
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		p.running--
		p.mu.Unlock()
	}()
	select {
	case <-time.After(takes):
		return Result{Health: health, Text: health.String()}
	case <-ctx.Done():
		return Result{Health: service.Down, Text: "no answer in time"}
	}
}

func (p *probe) answer(h service.Health) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.health = h
}

// sink collects reports as "health text".
type sink struct {
	mu   sync.Mutex
	got  []string
	last map[string]Report
}

func (s *sink) take(r Report) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.got = append(s.got, fmt.Sprintf("%v|%s", r.Health, r.Text))
	if s.last == nil {
		s.last = map[string]Report{}
	}
	s.last[r.Service] = r
}

func (s *sink) expect(t *testing.T, want ...string) {
	t.Helper()
	synctest.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.Equal(s.got, want) {
		t.Errorf("reports %q, want %q", s.got, want)
	}
	s.got = nil
}

func every(c Check) Config {
	return Config{Check: c, Interval: 10 * time.Second, Timeout: time.Second}
}

func TestScheduleCountsBeforeItJudges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out sink
		s := NewScheduler(1, out.take)
		defer s.Close()
		p := newProbe(service.Up)
		cfg := every(p)
		cfg.Fall, cfg.Rise = 3, 2
		s.Set(map[string]Config{"web": cfg})
		step := func(h service.Health, want string) {
			t.Helper()
			p.answer(h)
			s.Now("web")
			out.expect(t, want)
		}
		out.expect(t, "unknown|up 1 of 2: up")
		step(service.Up, "up|up")
		step(service.Down, "up|down 1 of 3: down")
		step(service.Down, "up|down 2 of 3: down")
		step(service.Up, "up|up")
		step(service.Down, "up|down 1 of 3: down")
		step(service.Unknown, "unknown|unknown")
		step(service.Down, "up|down 2 of 3: down")
		step(service.Down, "down|down")
		step(service.Up, "down|up 1 of 2: up")
		step(service.Up, "up|up")
	})
}

func TestScheduleKeepsItsPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := NewScheduler(1, func(Report) {})
		defer s.Close()
		p := newProbe(service.Up)
		s.Set(map[string]Config{"web": every(p)})
		time.Sleep(65 * time.Second)
		s.Set(map[string]Config{"web": every(p)}) // again is nothing
		synctest.Wait()
		if n := len(p.runs); n < 7 || n > 8 || p.runs[0] != 0 {
			t.Fatalf("runs at %v", p.runs)
		}
		for i := 2; i < len(p.runs); i++ {
			if p.runs[i]-p.runs[i-1] != 10*time.Second {
				t.Errorf("runs at %v", p.runs)
			}
		}
	})
}

// Checks within a second leave most of the time to others, whatever they cost; those
// at longer intervals keep their places.
func TestScheduleRests(t *testing.T) {
	for _, c := range []struct{ interval, takes, least, most time.Duration }{
		{100 * time.Millisecond, 0, 100 * time.Millisecond, 100 * time.Millisecond},
		{100 * time.Millisecond, 60 * time.Millisecond, 240 * time.Millisecond, 240 * time.Millisecond},
		{100 * time.Millisecond, 900 * time.Millisecond, 1900 * time.Millisecond, 1900 * time.Millisecond},
		{10 * time.Second, 4 * time.Second, 10 * time.Second, 10 * time.Second},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := NewScheduler(1, func(Report) {})
			defer s.Close()
			p := newProbe(service.Down)
			p.takes = c.takes
			s.Set(map[string]Config{"web": {Check: p, Interval: c.interval, Timeout: time.Minute}})
			time.Sleep(time.Minute)
			synctest.Wait()
			for i := 2; i < len(p.runs); i++ {
				if pause := p.runs[i] - p.runs[i-1]; pause < c.least || pause > c.most {
					t.Errorf("every %s, taking %s: again after %s", c.interval, c.takes, pause)
					break
				}
			}
		})
	}
}

func TestScheduleOneInFlightAndNobodyWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out sink
		s := NewScheduler(1, out.take)
		defer s.Close()
		slow, quick := newProbe(service.Up), newProbe(service.Up)
		slow.takes = 35 * time.Second
		cfg := every(slow)
		cfg.Timeout = time.Minute
		s.Set(map[string]Config{"slow": cfg, "quick": every(quick)})
		synctest.Wait()
		for range 3 {
			s.Now("slow")
		}
		time.Sleep(100 * time.Second)
		synctest.Wait()
		if slow.overlap || len(slow.runs) < 2 || slow.runs[1] != 35*time.Second {
			t.Errorf("slow ran at %v, overlapping: %v", slow.runs, slow.overlap)
		}
		if len(quick.runs) < 10 {
			t.Errorf("quick ran at %v", quick.runs)
		}
	})
}

func TestScheduleTimesOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out sink
		s := NewScheduler(1, out.take)
		defer s.Close()
		p := newProbe(service.Up)
		p.takes = time.Hour
		s.Set(map[string]Config{"web": every(p)})
		time.Sleep(time.Second)
		out.expect(t, "down|no answer in time")
		if took := out.last["web"].Took; took != time.Second {
			t.Errorf("took %v", took)
		}
	})
}

func TestScheduleForgetsWhatVanished(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out sink
		s := NewScheduler(1, out.take)
		defer s.Close()
		p := newProbe(service.Up)
		p.takes = 500 * time.Millisecond
		s.Set(map[string]Config{"web": every(p)})
		synctest.Wait()
		s.Set(nil)
		s.Now("web")
		time.Sleep(time.Minute)
		out.expect(t)
		if len(p.runs) != 1 {
			t.Errorf("runs at %v", p.runs)
		}
	})
}

func TestScheduleTakesAnotherCheckAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out sink
		s := NewScheduler(1, out.take)
		defer s.Close()
		old, next := newProbe(service.Down), newProbe(service.Up)
		old.takes = 500 * time.Millisecond
		s.Set(map[string]Config{"web": every(old)})
		synctest.Wait()
		s.Set(map[string]Config{"web": every(next)})
		out.expect(t, "up|up")
		cfg := every(next)
		cfg.Interval = time.Second
		s.Set(map[string]Config{"web": cfg})
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if len(next.runs) != 6 {
			t.Errorf("runs at %v", next.runs)
		}
		if !strings.HasPrefix(out.got[0], "up|") {
			t.Errorf("%q", out.got)
		}
	})
}
