package config

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"srr/internal/agent"
)

// services are those of a file with a service for each path.
func services(paths ...string) string {
	var b strings.Builder
	b.WriteString(head + "services:\n")
	for i, p := range paths {
		fmt.Fprintf(&b, "  s%d: {addresses: [10.1.0.%d], exec: %s}\n", i, i+1, p)
	}
	return b.String()
}

// sleepy answers by what the path says.
func sleepy(ctx context.Context, a AgentSpec) error {
	switch a.Path {
	case "/hangs": // as on a dead file server
		time.Sleep(time.Hour)
	case "/slow":
		<-ctx.Done()
		return fmt.Errorf("run make: %w", &agent.Unexamined{Why: "too slow"})
	case "/wrong":
		return errors.New("no target start")
	}
	return nil
}

// TestLoadAtStart: what could not be looked at keeps no daemon from its start, nor
// for longer than a second; what is wrong does. To anybody else both are mistakes.
func TestLoadAtStart(t *testing.T) {
	for name, c := range map[string]struct {
		paths      []string
		unexamined string // in order of their lines
		mistake    string
		takes      time.Duration
	}{
		"sound": {paths: []string{"/a", "/b"}},
		"slow": {
			paths: []string{"/a", "/slow", "/b", "/slow"}, takes: examineAtStart,
			unexamined: "srr.yaml:6:37: run make: could not be examined: too slow, srr.yaml:8:37: run make: could not be examined: too slow",
		},
		"hangs": {
			paths: []string{"/hangs", "/a"}, takes: examineAtStart + examineGrace,
			unexamined: "srr.yaml:5:37: could not be examined: no answer in time",
		},
		"wrong":          {paths: []string{"/a", "/wrong"}, mistake: "srr.yaml:6:37: no target start"},
		"wrong and slow": {paths: []string{"/slow", "/wrong"}, mistake: "srr.yaml:6:37: no target start", takes: examineAtStart},
	} {
		t.Run(name, func(t *testing.T) {
			inDir(t, services(c.paths...))
			var got *Config
			var err error
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				got, err = LoadAtStart("srr.yaml", prober(sleepy))
				if took := time.Since(start); took != c.takes {
					t.Errorf("it took %s, want %s", took, c.takes)
				}
				time.Sleep(2 * time.Hour) // until what hangs has ended
			})
			if c.mistake != "" {
				if err == nil || !strings.Contains(err.Error(), c.mistake) {
					t.Errorf("%v, want %q", err, c.mistake)
				}
				return
			}
			if err != nil || len(got.Services) != len(c.paths) {
				t.Fatalf("%+v, %v", got, err)
			}
			var words []string
			for _, p := range got.Unexamined {
				words = append(words, p.Position.String()+": "+p.Message)
			}
			if s := strings.Join(words, ", "); s != c.unexamined {
				t.Errorf("not examined: %s, want %s", s, c.unexamined)
			}
		})
	}
}

// TestCheckRefusesWhatCouldNotBeExamined: whoever asks wants to know.
func TestCheckRefusesWhatCouldNotBeExamined(t *testing.T) {
	inDir(t, services("/a"))
	busy := prober(func(context.Context, AgentSpec) error { return &agent.Unexamined{Why: "no answer"} })
	var out strings.Builder
	if err := Check("srr.yaml", busy, &out); !errors.Is(err, ErrInvalid) || !strings.Contains(out.String(), "srr.yaml:5:37: could not be examined: no answer; try again") {
		t.Errorf("%v: %s", err, out.String())
	}
	if c, err := Load("srr.yaml", busy); err == nil || c != nil {
		t.Errorf("a reload takes it: %v, %v", c, err)
	}
}

// TestAskAll: at most examineAtOnce at a time, and the answers in the order of the
// questions.
func TestAskAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var now, most atomic.Int32
		var questions []question
		var want, got []string
		for i := range 3 * examineAtOnce {
			want = append(want, fmt.Sprint(i))
			questions = append(questions, question{ask: func(context.Context) error {
				most.Store(max(most.Load(), now.Add(1)))
				time.Sleep(time.Duration(100-i) * time.Millisecond)
				now.Add(-1)
				return errors.New(fmt.Sprint(i))
			}})
		}
		for _, err := range askAll(t.Context(), questions) {
			got = append(got, err.Error())
		}
		if !slices.Equal(got, want) || most.Load() != examineAtOnce {
			t.Errorf("%d at once, got %q", most.Load(), got)
		}
	})
}
