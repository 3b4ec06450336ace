package availability

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"srr/internal/api"
)

const (
	// lookEvery is the least time between two looks.
	lookEvery = 50 * time.Millisecond
	// writeEvery is how much a crash may lose.
	writeEvery = 5 * time.Minute
)

// spans are those that are asked about, in days, today included.
var spans = [2]int{30, 365}

// Meter follows the snapshots of one node beside everything else: nothing waits for
// it. Its methods may be called from any goroutine.
type Meter struct {
	disk     *disk
	log      *slog.Logger
	snapshot func() api.Snapshot
	changed  chan struct{}
	failed   bool // the last write; used by Run alone

	mu    sync.Mutex
	today *tally
	past  [len(spans)]map[string]*Sum // without today
}

// Open makes a meter that keeps its sums in dir; Run must run. snapshot returns the
// present state and does not block. A day that cannot be read is told and left out.
func Open(dir string, snapshot func() api.Snapshot, log *slog.Logger) (*Meter, error) {
	d, err := openDisk(dir)
	if err != nil {
		return nil, err
	}
	return &Meter{disk: d, log: log, snapshot: snapshot, changed: make(chan struct{}, 1)}, nil
}

// Changed says that there is a new snapshot. It never blocks.
func (m *Meter) Changed() {
	select {
	case m.changed <- struct{}{}:
	default:
	}
}

// Run counts until ctx ends, and writes what it has then.
func (m *Meter) Run(ctx context.Context) {
	defer m.disk.root.Close()
	begin := time.Now()
	m.begin(dayOf(begin))
	m.look(0)
	write := time.NewTicker(writeEvery)
	defer write.Stop()
	for ctx.Err() == nil {
		select {
		case <-m.changed:
			m.look(time.Since(begin))
		case <-write.C:
			m.write()
		case <-ctx.Done():
		}
		select {
		case <-ctx.Done():
		case <-time.After(lookEvery):
		}
	}
	m.look(time.Since(begin))
	m.write()
}

// look counts, and goes to another day when the clock says so.
func (m *Meter) look(now time.Duration) {
	s := m.snapshot()
	m.mu.Lock()
	m.today.look(now, &s)
	ended := dayOf(s.At) != m.today.day
	m.mu.Unlock()
	if ended {
		m.write()
		m.begin(dayOf(s.At))
	}
}

// begin reads what there is of a day, which may have been begun by a predecessor, and
// of those before it.
func (m *Meter) begin(day string) {
	sums, err := m.disk.read(day)
	m.complain(err)
	days, err := m.disk.days()
	m.complain(err)
	m.complain(m.disk.forget(days))
	past := [len(spans)]map[string]*Sum{{}, {}}
	for _, d := range days {
		if d >= day {
			continue
		}
		of, err := m.disk.read(d)
		m.complain(err)
		for i, n := range spans {
			if d >= daysBefore(day, n-1) {
				addAll(past[i], of)
			}
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	next := newTally(day)
	if m.today != nil {
		next = m.today.next(day)
	}
	addAll(next.sums, sums)
	m.today, m.past = next, past
}

func daysBefore(day string, n int) string {
	t, err := time.Parse(layout, day)
	if err != nil {
		panic("a day is no day: " + day) // dayOf made it
	}
	return dayOf(t.AddDate(0, 0, -n))
}

func addAll(to, from map[string]*Sum) {
	for name, s := range from {
		if to[name] == nil {
			to[name] = new(Sum)
		}
		to[name].add(*s)
	}
}

// write puts today on the disk. A failure is told when it begins.
func (m *Meter) write() {
	m.mu.Lock()
	day, sums := m.today.day, map[string]*Sum{}
	addAll(sums, m.today.sums)
	m.mu.Unlock()
	err := m.disk.write(day, sums)
	if err != nil && !m.failed {
		m.complain(err)
	}
	m.failed = err != nil
}

func (m *Meter) complain(err error) {
	if err != nil {
		m.log.Warn("the availability of services", "err", err)
	}
}

// Served is for how long each service was served, by name.
func (m *Meter) Served() []api.Served {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.today == nil { // Run has not begun
		return nil
	}
	var out []api.Served
	all := map[string]*Sum{}
	addAll(all, m.past[1])
	addAll(all, m.today.sums)
	for name, year := range all {
		month := Sum{}
		for _, sums := range []map[string]*Sum{m.past[0], m.today.sums} {
			if s := sums[name]; s != nil {
				month.add(*s)
			}
		}
		out = append(out, api.Served{Service: name, Month: month.share(spans[0]), Year: year.share(spans[1])})
	}
	slices.SortFunc(out, func(a, b api.Served) int { return cmp.Compare(a.Service, b.Service) })
	return out
}
