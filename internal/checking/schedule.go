package checking

import (
	"context"
	"fmt"
	"hash/fnv"
	"sync"
	"time"

	"srr/internal/service"
)

// Config is how one service is checked.
type Config struct {
	Check    Check // a pointer; another pointer is another check
	Interval time.Duration
	Timeout  time.Duration // of one check
	// Fall and Rise are how many results in a row make the service Down and
	// Up; 0 is 1. An Unknown in between neither counts nor resets.
	Fall, Rise int
}

// Report is what is known after one check.
type Report struct {
	Service string
	// Health after counting: Down only after Fall results, Up after Rise.
	// Unknown is told at once, and does not make forget what was before.
	Health service.Health
	Last   Result // of this check alone
	Text   string // for the operator: Last.Text, with the count if it does not yet decide
	At     time.Time
	Took   time.Duration
}

// Scheduler runs the checks of all services, each on its own timer: a check
// that hangs delays nobody, and there is one in flight per service.
type Scheduler struct {
	seed uint64
	sink func(Report)

	mu     sync.Mutex
	jobs   map[string]*job
	closed bool
	wg     sync.WaitGroup
}

// job is the checking of one service. It is replaced never, only removed.
type job struct {
	name  string
	cfg   Config
	timer *time.Timer
	phase time.Duration // within the interval, so that checks spread

	cancel  context.CancelFunc // of the check in flight, else nil
	dropped bool               // the check in flight is of no interest any more
	again   bool               // run at once after the one in flight

	verdict service.Health // Up or Down once enough results agreed
	streak  int            // how many in a row contradict the verdict
}

// NewScheduler returns a scheduler. Seed spreads the checks of several daemons
// differently. Sink gets every report; it is called from several goroutines,
// in order for one service, and must not call Close.
func NewScheduler(seed uint64, sink func(Report)) *Scheduler {
	return &Scheduler{seed: seed, sink: sink, jobs: make(map[string]*job)}
}

// Set tells which services are to be checked, and how; it may be repeated. A
// new service is checked at once, then at its place in the interval. A changed
// configuration takes effect with the next check and keeps the counts. A
// service that is missing is not reported any more.
func (s *Scheduler) Set(configs map[string]Config) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	for name, j := range s.jobs {
		if _, ok := configs[name]; !ok {
			s.remove(j)
		}
	}
	for name, cfg := range configs {
		j := s.jobs[name]
		if j == nil {
			s.add(name, cfg)
			continue
		}
		if j.cfg.Check != cfg.Check && j.cancel != nil {
			j.drop()
			j.again = true
		}
		rearm := j.cfg.Interval != cfg.Interval && j.cancel == nil
		j.cfg = cfg
		if rearm {
			j.place(s.seed)
			j.timer.Reset(j.next(time.Now()))
		}
	}
}

// Now checks a service at once, if it is to be checked at all; if a check is in
// flight, another follows it.
func (s *Scheduler) Now(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	j := s.jobs[name]
	switch {
	case j == nil:
	case j.cancel != nil:
		j.again = true
	default:
		j.timer.Reset(0)
	}
}

// Close ends all checks and waits for them.
func (s *Scheduler) Close() {
	s.mu.Lock()
	s.closed = true
	for _, j := range s.jobs {
		s.remove(j)
	}
	s.mu.Unlock()
	s.wg.Wait()
}

func (s *Scheduler) add(name string, cfg Config) {
	j := &job{name: name, cfg: cfg}
	j.place(s.seed)
	s.jobs[name] = j
	j.timer = time.AfterFunc(0, func() { s.run(j) })
}

func (s *Scheduler) remove(j *job) {
	delete(s.jobs, j.name)
	j.timer.Stop()
	j.again = false
	j.drop()
}

// drop cancels the check in flight and what it will say.
func (j *job) drop() {
	if j.cancel != nil {
		j.cancel()
		j.dropped = true
	}
}

// restTimes is how much longer than a check the pause behind it is, see rest.
const restTimes = 3

// grid is what places are multiples of: to wake the daemon up costs more than
// a check, so some share one wake-up.
const grid = 50 * time.Millisecond

// place computes the job's place in the interval from its name.
func (j *job) place(seed uint64) {
	h := fnv.New64a()
	fmt.Fprintf(h, "%d %s", seed, j.name)
	j.phase = time.Duration(h.Sum64()%uint64(max(1, j.cfg.Interval/grid))) * grid
}

// next returns how long to wait for the job's next place. Places do not drift,
// and those that passed during a slow check are left out.
func (j *job) next(now time.Time) time.Duration {
	interval := max(j.cfg.Interval, 10*time.Millisecond)
	since := time.Duration(now.UnixNano()) - j.phase
	return interval - since%interval
}

// run is called by the job's timer.
func (s *Scheduler) run(j *job) {
	s.mu.Lock()
	if s.jobs[j.name] != j || j.cancel != nil {
		s.mu.Unlock()
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), j.cfg.Timeout)
	j.cancel, j.dropped, j.again = cancel, false, false
	check := j.cfg.Check
	s.wg.Add(1)
	s.mu.Unlock()
	defer s.wg.Done()

	at := time.Now()
	last := check.Check(ctx)
	cancel()

	s.mu.Lock()
	dropped := j.dropped
	report := Report{Service: j.name, Last: last, At: at, Took: time.Since(at)}
	if !dropped {
		report.Health, report.Text = j.count(last)
	}
	s.mu.Unlock()
	if !dropped {
		s.sink(report)
	}

	s.mu.Lock()
	defer s.mu.Unlock()
	j.cancel = nil
	if s.jobs[j.name] != j {
		return
	}
	if j.again {
		j.timer.Reset(0)
	} else {
		j.timer.Reset(max(j.next(time.Now()), j.rest(report.Took)))
	}
}

// rest is the least pause behind a check: where they follow each other within a
// second, as before the announcement, most of the time is left for others.
func (j *job) rest(took time.Duration) time.Duration {
	if j.cfg.Interval >= time.Second {
		return 0
	}
	return min(restTimes*took, time.Second)
}

// count turns one result into a verdict.
func (j *job) count(last Result) (service.Health, string) {
	switch last.Health {
	case service.Unknown:
		return service.Unknown, last.Text
	case j.verdict:
		j.streak = 0
		return j.verdict, last.Text
	}
	j.streak++
	need := max(1, j.cfg.Rise)
	if last.Health == service.Down {
		need = max(1, j.cfg.Fall)
	}
	if j.streak >= need {
		j.verdict, j.streak = last.Health, 0
		return j.verdict, last.Text
	}
	return j.verdict, fmt.Sprintf("%s %d of %d: %s", last.Health, j.streak, need, last.Text)
}
