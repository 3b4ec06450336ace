package agent

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

// script is an agent whose calls take a second of bubble time, but for those
// that hang until they are cancelled, and whose death is told by a channel.
type script struct {
	name  string
	hang  map[service.Primitive]bool
	death chan string
	log   *journal
}

func (s *script) Call(ctx context.Context, req Request) service.Result {
	s.log.add("%s %s %d begins", s.name, req.Primitive, req.ID)
	after := time.After(time.Second)
	if s.hang[req.Primitive] {
		after = nil
	}
	select {
	case <-after:
		return service.Result{}
	case <-ctx.Done():
		time.Sleep(2 * time.Second) // bubble time: what TERM and KILL take
		return service.Result{Outcome: service.CannotRun}
	}
}

func (s *script) Probe(context.Context) (Found, error) { return Found{}, nil }
func (s *script) Kill(context.Context) bool            { return true }
func (s *script) Watch(ctx context.Context) string {
	s.log.add("%s watched", s.name)
	select {
	case text := <-s.death:
		return text
	case <-ctx.Done():
		s.log.add("%s unwatched", s.name)
		return ""
	}
}

// journal is everything that happened, with the time in milliseconds.
type journal struct {
	mu    sync.Mutex
	began time.Time
	lines []string
}

func (j *journal) add(format string, args ...any) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.lines = append(j.lines, fmt.Sprintf("%d ", time.Since(j.began).Milliseconds())+fmt.Sprintf(format, args...))
}

func (j *journal) expect(t *testing.T, want ...string) {
	t.Helper()
	synctest.Wait()
	j.mu.Lock()
	defer j.mu.Unlock()
	slices.Sort(j.lines)
	slices.Sort(want)
	if got := strings.Join(j.lines, "\n"); got != strings.Join(want, "\n") {
		t.Errorf("what happened:\n%s\nwant:\n%s", got, strings.Join(want, "\n"))
	}
	j.lines = nil
}

// bench is a runner with two services.
type bench struct {
	*Runner
	log    *journal
	agents map[string]*script
}

func newBench() *bench {
	b := &bench{log: &journal{began: time.Now()}, agents: map[string]*script{}}
	for _, name := range []string{"dns", "web"} {
		b.agents[name] = &script{name: name, hang: map[service.Primitive]bool{}, death: make(chan string), log: b.log}
	}
	b.Runner = NewRunner(func(name string) Agent {
		if a := b.agents[name]; a != nil {
			return a
		}
		return nil
	}, func(e Event) {
		if e.Died {
			b.log.add("%s died: %s", e.Service, e.Text)
		} else {
			b.log.add("%s %d done: %s, took %v", e.Service, e.ID, e.Result.Outcome, e.Took)
		}
	})
	return b
}

// want builds the argument of Set from "service primitive ID".
func want(calls ...string) map[string]Request {
	m := make(map[string]Request)
	for _, c := range calls {
		var name, primitive string
		var id uint64
		fmt.Sscan(c, &name, &primitive, &id)
		p, err := service.ParsePrimitive(primitive)
		if err != nil {
			panic(err)
		}
		m[name] = Request{ID: id, Service: name, Primitive: p}
	}
	return m
}

func TestRunnerRunsEachCallOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench()
		defer b.Close()
		for range 3 {
			b.Set(want("web start 1", "dns start 2", "none start 3"))
		}
		b.log.expect(t, "0 web start 1 begins", "0 dns start 2 begins", "0 none 3 done: cannot run, took 0s")
		time.Sleep(time.Second)
		b.log.expect(t, "1000 web 1 done: ok, took 1s", "1000 dns 2 done: ok, took 1s")
		b.Set(want("web start 1", "dns start 2"))
		b.log.expect(t)
		b.Set(want("web check 4"))
		b.log.expect(t, "1000 web check 4 begins")
		time.Sleep(time.Second)
		b.Set(nil)
		b.log.expect(t, "2000 web 4 done: ok, took 1s")
		if len(b.lanes) != 0 {
			t.Errorf("%d lanes are left", len(b.lanes))
		}
	})
}

func TestRunnerHungServiceDelaysNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench()
		defer b.Close()
		b.agents["web"].hang[service.Stop] = true
		b.Set(want("web stop 1", "dns stop 2"))
		time.Sleep(time.Second)
		b.log.expect(t, "0 web stop 1 begins", "0 dns stop 2 begins", "1000 dns 2 done: ok, took 1s")
		b.Set(want("web stop 1", "dns start 3"))
		b.log.expect(t, "1000 dns start 3 begins")
	})
}

func TestRunnerKillsThenStartsTheNext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench()
		defer b.Close()
		b.agents["web"].hang[service.Start] = true
		b.Set(want("web start 1"))
		synctest.Wait()
		b.Set(want("web reload 2"))
		b.Set(want("web stop 3"))
		time.Sleep(4 * time.Second)
		b.log.expect(t, "0 web start 1 begins", "2000 web 1 done: cannot run, took 2s",
			"2000 web stop 3 begins", "3000 web 3 done: ok, took 1s")
	})
}

func TestRunnerCancelsWhatVanished(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench()
		defer b.Close()
		b.agents["web"].hang[service.Check] = true
		b.Set(want("web check 1"))
		synctest.Wait()
		b.Set(nil)
		time.Sleep(2 * time.Second)
		b.log.expect(t, "0 web check 1 begins", "2000 web 1 done: cannot run, took 2s")
	})
}

func TestRunnerReportsDeathOncePerStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench()
		defer b.Close()
		b.Watch(map[string]bool{"web": true})
		b.log.expect(t, "0 web watched")
		b.agents["web"].death <- "killed"
		b.log.expect(t, "0 web died: killed")
		b.Watch(map[string]bool{"web": true})
		b.log.expect(t)
		b.Set(want("web restart 1"))
		time.Sleep(time.Second)
		b.log.expect(t, "0 web restart 1 begins", "1000 web 1 done: ok, took 1s", "1000 web watched")
		b.Set(want("web stop 2"))
		b.log.expect(t, "1000 web stop 2 begins", "1000 web unwatched")
		time.Sleep(time.Second)
		b.log.expect(t, "2000 web 2 done: ok, took 1s")
		b.Set(want("web start 3"))
		time.Sleep(time.Second)
		b.log.expect(t, "2000 web start 3 begins", "3000 web 3 done: ok, took 1s", "3000 web watched")
		b.Watch(nil)
		b.log.expect(t, "3000 web unwatched")
	})
}

func TestRunnerWatchesDuringAReload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench()
		defer b.Close()
		b.Watch(map[string]bool{"web": true})
		b.Set(want("web reload 1"))
		synctest.Wait()
		b.agents["web"].death <- "killed"
		b.log.expect(t, "0 web watched", "0 web reload 1 begins", "0 web died: killed")
	})
}

func TestRunnerCloseWaitsForCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench()
		b.agents["web"].hang[service.Stop] = true
		b.Watch(map[string]bool{"dns": true})
		b.Set(want("web stop 1"))
		synctest.Wait()
		b.Close()
		b.log.expect(t, "0 web stop 1 begins", "0 dns watched", "0 dns unwatched",
			"2000 web 1 done: cannot run, took 2s")
		b.Set(want("web stop 2"))
		b.log.expect(t)
	})
}
