package availability

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"srr/internal/api"
)

// TestTally: what a service was at one look it was until the next, but for gaps in
// which nobody looked.
func TestTally(t *testing.T) {
	s, down := two(), two()
	down.Services[0].Instances[0].State = "active/failed"
	tally := newTally("2026-11-26")
	tally.look(time.Second, &s)
	tally.look(3*time.Second, &s)
	tally.look(5*time.Second, &down)
	tally.look(5*time.Second+250*time.Millisecond, &s)
	tally.look(5*time.Second+250*time.Millisecond, &s)
	tally.look(time.Minute, &s) // it was suspended
	tally.look(time.Minute+time.Second, &s)
	if got := *tally.sums["web"]; got != (Sum{Up: 5, Down: 0.25}) {
		t.Errorf("%v", got)
	}
	next := tally.next("2026-11-27")
	next.look(time.Minute+3*time.Second, &s)
	if got := *next.sums["web"]; got != (Sum{Up: 2}) {
		t.Errorf("the next day: %v", got)
	}
}

func TestNamesAreBounded(t *testing.T) {
	tally := newTally("2026-11-26")
	for round := range 4 {
		s := two()
		for i := range maxServices - 1 {
			s.Services = append(s.Services, api.Service{Name: fmt.Sprint(round, i)})
		}
		tally.look(time.Duration(2*round)*time.Second, &s)
		tally.look(time.Duration(2*round+1)*time.Second, &s)
	}
	if len(tally.sums) > 2*maxServices {
		t.Errorf("%d names", len(tally.sums))
	}
}

// TestMeter over days and a restart, with damaged files and days that a wrong clock has
// made.
func TestMeter(t *testing.T) {
	nearly := cmpopts.EquateApprox(1e-4, 2) // it writes meanwhile, and its end counts, too
	dir := filepath.Join(t.TempDir(), "sums")
	var log strings.Builder
	got := run(t, dir, &log, 0, 25*time.Hour)["web"]
	one, seven := 100.0, 7
	want := api.ServedShare{Days: 30, UpSeconds: 25 * 3600, Percent: &one, Class: &seven}
	if diff := cmp.Diff(want, got.Month, nearly); diff != "" {
		t.Error(diff)
	}
	for day, text := range map[string]string{
		"1999-12-31": `{"web":[0,3600,3600,0]}`, "1999-12-02": `{"web":[5,0,900,60]}`, "1999-01-31": `{"gone":[0,7,0,0]}`, "1990-01-01": `{"web":[0,0,86400,0]}`,
		"1999-12-05": `{"web":[0,0,`, "1999-12-04": `{"web":[0,0,1e9,0],"x":[-1,0,0,0],"y":null,"z":[0,1,0,0]}`, "2038-01-19": `{"web":[0,0,86400,0]}`, "note": "x",
	} {
		if err := os.WriteFile(filepath.Join(dir, day+".json"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	all := run(t, dir, &log, 26*time.Hour, time.Hour)
	percent, class := 100*27/28.0, 1
	want = api.ServedShare{Days: 30, UpSeconds: 27 * 3600, DownSeconds: 3600, Percent: &percent, Class: &class}
	if diff := cmp.Diff(want, all["web"].Month, nearly); diff != "" {
		t.Error(diff)
	}
	if y := all["web"].Year; y.DownSeconds != 4500 || y.PlannedSeconds != 60 || y.UnknownSeconds != 5 || int(y.UpSeconds/60) != 27*60 {
		t.Errorf("%+v", y)
	}
	if g := all["gone"]; g.Year.UpSeconds != 7 || g.Month.Percent != nil || len(all) != 3 {
		t.Errorf("%+v", all)
	}
	if !strings.Contains(log.String(), "1999-12-05") {
		t.Errorf("the damaged day is not told: %s", &log)
	}
}

// TestOldDaysAreForgotten, by their number, whatever the clock says.
func TestOldDaysAreForgotten(t *testing.T) {
	dir := t.TempDir()
	for i := range maxDays + 5 {
		name := dayOf(time.Date(1998, 1, 1+i, 0, 0, 0, 0, time.UTC)) + ".json"
		if err := os.WriteFile(filepath.Join(dir, name), []byte("{}"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	run(t, dir, new(strings.Builder), 0, time.Minute)
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != maxDays+1 || left[0].Name() != "1998-01-06.json" {
		t.Errorf("%d are left: %v %v", len(left), left[0], err)
	}
}

// run counts for a while that begins so long after the beginning of 2000, where the
// clocks of synctest begin.
func run(t *testing.T, dir string, log *strings.Builder, after, span time.Duration) map[string]api.Served {
	t.Helper()
	out := map[string]api.Served{}
	synctest.Test(t, func(t *testing.T) {
		snapshot := func() api.Snapshot {
			s := two()
			s.At = time.Now()
			return s
		}
		time.Sleep(after)
		m, err := Open(dir, snapshot, slog.New(slog.NewTextHandler(log, nil)))
		if err != nil {
			t.Fatal(err)
		}
		if got := m.Served(); got != nil {
			t.Errorf("before it runs: %v", got)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); m.Run(ctx) }()
		for range span / (5 * time.Second) {
			time.Sleep(5 * time.Second)
			m.Changed()
		}
		time.Sleep(time.Second) // it may have been writing
		for _, s := range m.Served() {
			out[s.Service] = s
		}
		cancel()
		<-done
	})
	return out
}
