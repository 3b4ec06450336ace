package bench

import (
	"path/filepath"
	"testing"
	"time"

	"srr/lab/trial"
)

func TestSummarize(t *testing.T) {
	var samples []trial.Sample
	for i := 20; i > 0; i-- {
		samples = append(samples, trial.Sample{Gap: time.Duration(i) * time.Millisecond, Lost: i})
	}
	e := summarize(Entry{}, samples)
	if e.N != 20 || e.MinMS != 1 || e.MedianMS != 10.5 || e.P95MS != 20 || e.MaxMS != 20 || e.Lost != 210 {
		t.Errorf("got %+v", e)
	}
	if e := summarize(Entry{}, samples[:1]); e.MinMS != 20 || e.MedianMS != 20 || e.P95MS != 20 {
		t.Errorf("got %+v of one sample", e)
	}
	if e := summarize(Entry{}, samples[:3]); e.MedianMS != 19 {
		t.Errorf("median of three is %v, want 19", e.MedianMS)
	}
}

func TestFileMerges(t *testing.T) {
	path := filepath.Join(t.TempDir(), "build", "bench.json")
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	a := Entry{Case: "power-off", Timers: "bfd20", Medium: "ospf (frr)", N: 20, MedianMS: 60}
	b := Entry{Case: "power-off", Timers: "hello", Medium: "ospf (frr)", N: 20, MedianMS: 1000}
	for _, e := range []Entry{a, b} {
		if err := f.Put(e); err != nil {
			t.Fatal(err)
		}
	}
	again, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	a.MedianMS, a.N = 58, 30
	if err := again.Put(a); err != nil {
		t.Fatal(err)
	}
	last, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if len(last.Entries) != 2 || last.Entries[0] != a || last.Entries[1] != b {
		t.Errorf("got %+v", last.Entries)
	}
	if !last.Has("power-off", "bfd20", 30) || last.Has("power-off", "bfd20", 31) || last.Has("power-off", "bfd50", 1) {
		t.Error("wrong about what was measured")
	}
}

func TestJudge(t *testing.T) {
	for _, c := range []struct {
		name, timers string
		median       float64
		want         string
	}{
		{"planned-move", "bfd20", 16, "≤ 15 MISSED"},
		{"planned-move", "default", 16, "≤ 45"},
		{"service-crash", "default", 50.1, "≤ 50 MISSED"},
		{"service-crash-http", "default", 60, ""},
		{"srrd-kill", "bfd50", 2, "≤ 0 MISSED"},
		{"srrd-kill-no-restart", "default", 8001, "≤ 8000 MISSED"},
		{"srrd-freeze", "default", 11000, "≤ 11000"},
		{"power-off", "default", 40000, ""},
	} {
		e := Entry{Case: c.name, Timers: c.timers, MedianMS: c.median}
		if got := e.judge(); got != c.want {
			t.Errorf("%s %s %v: %q, want %q", c.name, c.timers, c.median, got, c.want)
		}
	}
}
