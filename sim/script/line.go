// Package script is the vocabulary of faults: one line per fault, in the words
// of `srr-lab fault` and of the scenarios of internal/node. Whatever a seed does
// to a cluster is printed in it, and can be replayed from it.
package script

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Line is one command of a script: words, and options of the form key=value.
type Line struct {
	Words   []string
	Options []Option
}

// Option is one key=value; a flag has no value.
type Option struct{ Key, Value string }

// Parse splits a command.
func Parse(s string) Line {
	var l Line
	for _, f := range strings.Fields(s) {
		if k, v, ok := strings.Cut(f, "="); ok {
			l.Options = append(l.Options, Option{k, v})
		} else {
			l.Words = append(l.Words, f)
		}
	}
	return l
}

// Step is a command and when it is given, since the beginning of the run.
type Step struct {
	At   time.Duration
	Text string
}

func (s Step) String() string {
	if s.At == 0 {
		return s.Text
	}
	return fmt.Sprintf("@%s %s", s.At, s.Text)
}

// ParseSteps reads what String of steps wrote, one per line. Empty lines and
// those that begin with # are skipped.
func ParseSteps(text string) ([]Step, error) {
	var steps []Step
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		s := Step{Text: line}
		if at, rest, ok := strings.Cut(line, " "); ok && strings.HasPrefix(at, "@") {
			d, err := time.ParseDuration(at[1:])
			if err != nil {
				return nil, fmt.Errorf("line %d: %w", i+1, err)
			}
			s = Step{At: d, Text: strings.TrimSpace(rest)}
		}
		steps = append(steps, s)
	}
	return steps, nil
}

// duration reads a duration, zero for none.
func duration(s string) (time.Duration, error) {
	if s == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(s)
	if err != nil {
		return 0, fmt.Errorf("parse %q: want a duration such as 3s", s)
	}
	return d, nil
}

func number(s string) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0, fmt.Errorf("parse %q: want a number", s)
	}
	return n, nil
}
