package availability

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"srr/internal/durable"
)

const (
	suffix = ".json"
	// maxFile bounds what is read of one day.
	maxFile = 4 << 20
	// maxDays is how many files are kept: a year, and some that a wrong clock has made.
	maxDays = 400
)

// disk keeps each day in a file of its name.
type disk struct{ root *os.Root }

func openDisk(dir string) (*disk, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open the sums of availability: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open the sums of availability: %w", err)
	}
	return &disk{root}, nil
}

// write replaces a day.
func (d *disk) write(day string, sums map[string]*Sum) error {
	b, err := json.Marshal(sums)
	if err == nil {
		err = durable.WriteFile(d.root, day+suffix, b, 0o600)
	}
	if err != nil {
		return fmt.Errorf("write the availability of %s: %w", day, err)
	}
	return nil
}

// read reads a day; one that is not there is empty.
func (d *disk) read(day string) (map[string]*Sum, error) {
	f, err := d.root.Open(day + suffix)
	if errors.Is(err, fs.ErrNotExist) {
		return map[string]*Sum{}, nil
	}
	if err != nil {
		return map[string]*Sum{}, fmt.Errorf("read the availability of %s: %w", day, err)
	}
	defer f.Close()
	var sums map[string]*Sum
	if err := json.NewDecoder(io.LimitReader(f, maxFile)).Decode(&sums); err != nil {
		return map[string]*Sum{}, fmt.Errorf("read the availability of %s: %w", day, err)
	}
	for name, s := range sums {
		if !s.sensible() {
			delete(sums, name)
		}
	}
	return sums, nil
}

// sensible sums are of one day at most.
func (s *Sum) sensible() bool {
	const day, slack = 24 * 3600, 60
	all := 0.0
	if s == nil {
		return false
	}
	for _, v := range s {
		if v < 0 {
			return false
		}
		all += v
	}
	return all <= day+slack
}

// days are those that are there.
func (d *disk) days() ([]string, error) {
	f, err := d.root.Open(".")
	if err != nil {
		return nil, fmt.Errorf("list the sums of availability: %w", err)
	}
	defer f.Close()
	entries, err := f.ReadDir(-1)
	if err != nil {
		return nil, fmt.Errorf("list the sums of availability: %w", err)
	}
	var out []string
	for _, e := range entries {
		day, ok := strings.CutSuffix(e.Name(), suffix)
		if _, err := time.Parse(layout, day); ok && err == nil && e.Type().IsRegular() {
			out = append(out, day)
		}
	}
	return out, nil
}

// forget removes the oldest days. It counts them, and does not look at the clock: one
// that was wrong for a moment would cost a year.
func (d *disk) forget(days []string) error {
	slices.Sort(days)
	var errs []error
	for _, day := range days[:max(len(days)-maxDays, 0)] {
		errs = append(errs, d.root.Remove(day+suffix))
	}
	return errors.Join(errs...)
}
