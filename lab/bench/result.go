// Package bench measures how long a client goes without its service when
// something dies, on a lab with real routers, and writes it down.
package bench

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"srr/lab/trial"
)

// Entry is one line of bench.json: what n repetitions of a case gave.
type Entry struct {
	// Case is what happened, asked by ICMP or UDP every 2 ms (of 100 addresses and
	// more, each every 20 to 100 ms); with httpSuffix the same, asked by HTTP
	// every 20 ms; with knownSuffix the part of the gap since ospfd knew.
	Case     string  `json:"case"`
	Timers   string  `json:"timers"`
	Medium   string  `json:"medium"`
	N        int     `json:"n"`
	MinMS    float64 `json:"min_ms"`
	MedianMS float64 `json:"median_ms"`
	P95MS    float64 `json:"p95_ms"`
	MaxMS    float64 `json:"max_ms"`
	Lost     int     `json:"lost"` // probes, in all repetitions together
}

// What is measured besides of the same faults.
const (
	httpSuffix  = "-http"  // what an HTTP client saw
	knownSuffix = "-known" // since the new owner's ospfd said that the old one cannot be reached
)

// suffixes by the kind of a sample; the others are the case itself.
var suffixes = map[string]string{"http": httpSuffix, trial.Known: knownSuffix}

// Key tells entries apart.
func (e *Entry) Key() string { return e.Case + " " + e.Timers + " " + e.Medium }

// summarize computes the statistics of at least one sample.
func summarize(e Entry, samples []trial.Sample) Entry {
	gaps := make([]float64, len(samples))
	for i, s := range samples {
		gaps[i] = float64(s.Gap.Microseconds()) / 1000
		e.Lost += s.Lost
	}
	slices.Sort(gaps)
	e.N = len(gaps)
	e.MinMS, e.MaxMS = gaps[0], gaps[len(gaps)-1]
	e.MedianMS, e.P95MS = quantile(gaps, 0.5), quantile(gaps, 0.95)
	return e
}

// quantile of sorted values: between two of them for the median of an even
// number, else the next one above.
func quantile(sorted []float64, q float64) float64 {
	n := len(sorted)
	if q == 0.5 && n%2 == 0 {
		return (sorted[n/2-1] + sorted[n/2]) / 2
	}
	return sorted[min(n-1, int(q*float64(n)))]
}

// File is bench.json.
type File struct {
	path    string
	Entries []Entry
}

// Open reads what earlier runs measured.
func Open(path string) (*File, error) {
	f := &File{path: path}
	data, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return f, nil
	}
	if err != nil {
		return nil, fmt.Errorf("open results: %w", err)
	}
	if err := json.Unmarshal(data, &f.Entries); err != nil {
		return nil, fmt.Errorf("open results %s: %w", path, err)
	}
	return f, nil
}

// Put replaces the entry of the same case, timers and medium, or adds
// one, and saves the file.
func (f *File) Put(e Entry) error {
	i := slices.IndexFunc(f.Entries, func(o Entry) bool { return o.Key() == e.Key() })
	if i >= 0 {
		f.Entries[i] = e
	} else {
		f.Entries = append(f.Entries, e)
	}
	return save(f.path, f.Entries)
}

// Has reports whether a case was measured with these timers at least n times.
func (f *File) Has(name, timers string, n int) bool {
	return slices.ContainsFunc(f.Entries, func(e Entry) bool {
		return e.Case == name && e.Timers == timers && e.N >= n
	})
}

func save(path string, v any) error {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("save results: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("save results: %w", err)
	}
	if err := os.WriteFile(path+".new", append(data, '\n'), 0o644); err != nil {
		return fmt.Errorf("save results: %w", err)
	}
	return os.Rename(path+".new", path)
}
