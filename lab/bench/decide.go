package bench

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"srr/lab/trial"
)

// decideCase is the time that the core takes to decide after the loss of a node
// that ran 1,000 services. No network is part of it.
const decideCase = "decide-1000"

// Record takes what `go test -bench NodeLoss` prints, one line per repetition.
func (f *File) Record(r io.Reader) (Entry, error) {
	var samples []trial.Sample
	for lines := bufio.NewScanner(r); lines.Scan(); {
		fields := strings.Fields(lines.Text()) // name, runs, value, ns/op, …
		if len(fields) < 4 || !strings.HasPrefix(fields[0], "Benchmark") || fields[3] != "ns/op" {
			continue
		}
		ns, err := strconv.ParseFloat(fields[2], 64)
		if err != nil {
			return Entry{}, fmt.Errorf("read benchmark: %w", err)
		}
		samples = append(samples, trial.Sample{Gap: time.Duration(ns)})
	}
	if len(samples) == 0 {
		return Entry{}, errors.New("read benchmark: there is no result in it")
	}
	e := summarize(Entry{Case: decideCase, Timers: "any", Medium: "none"}, samples)
	return e, f.Put(e)
}
