package journal

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func mustOpenLog(t *testing.T, dir string, opts LogOptions) *Log {
	t.Helper()
	l, err := OpenLog(dir, opts)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func closeLog(t *testing.T, l *Log) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if err := l.Close(ctx); err != nil {
		t.Fatal(err)
	}
}

func event(n int) Event {
	return Event{Time: noon.Add(time.Duration(n) * time.Second), Node: "n1", Service: fmt.Sprintf("s%d", n%3), From: "active/stopped", To: "active/starting", Reason: "r", Detail: fmt.Sprint(n)}
}

// details collects what a query yields.
func details(t *testing.T, l *Log, q Query) []string {
	t.Helper()
	var out []string
	for e, err := range l.Events(t.Context(), q) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, e.Detail)
	}
	return out
}

func TestLogRemembers(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "log")
	l := mustOpenLog(t, dir, LogOptions{})
	if got := l.Append(event(1)); got != 1 {
		t.Errorf("first sequence %d", got)
	}
	l.Append(event(2))
	closeLog(t, l)
	l = mustOpenLog(t, dir, LogOptions{})
	if got := l.Append(event(3)); got != 3 {
		t.Errorf("sequence after the restart %d", got)
	}
	if diff := cmp.Diff([]string{"1", "2", "3"}, details(t, l, Query{})); diff != "" {
		t.Error(diff)
	}
	closeLog(t, l)
	if list, _ := segments(dir); len(list) != 1 {
		t.Errorf("%d files after a restart", len(list))
	}
}

func TestQueries(t *testing.T) {
	l := mustOpenLog(t, t.TempDir(), LogOptions{SegmentBytes: 1000})
	defer closeLog(t, l)
	for i := 1; i <= 9; i++ {
		l.Append(event(i))
	}
	for _, c := range []struct {
		q    Query
		want string
	}{
		{Query{}, "1 2 3 4 5 6 7 8 9"},
		{Query{After: 7}, "8 9"},
		{Query{Since: noon.Add(8 * time.Second)}, "8 9"},
		{Query{Service: "s1"}, "1 4 7"},
		{Query{Node: "n2"}, ""},
		{Query{Limit: 2}, "8 9"},
		{Query{Limit: 20}, "1 2 3 4 5 6 7 8 9"},
		{Query{Limit: 2, Service: "s1"}, "4 7"},
		{Query{Limit: 4, After: 8}, "9"},
		{Query{After: 99}, ""},
	} {
		if got := strings.Join(details(t, l, c.q), " "); got != c.want {
			t.Errorf("%+v: %q, want %q", c.q, got, c.want)
		}
	}
}

// More events than memory and more files than are kept: the log stays within
// its bounds, and a query spans disk and memory without gap or repetition.
func TestRotation(t *testing.T) {
	dir := t.TempDir()
	opts := LogOptions{SegmentBytes: 100_000, Segments: 8}
	l := mustOpenLog(t, dir, opts)
	const total = 3 * ringSize
	for i := 1; i <= total; i++ {
		l.Append(event(i))
		if i%writeChunk == 0 {
			waitWritten(t, l)
		}
	}
	waitWritten(t, l)
	defer closeLog(t, l)
	list, err := segments(dir)
	if err != nil || len(list) > opts.Segments {
		t.Errorf("%d files, %v", len(list), err)
	}
	got := details(t, l, Query{})
	if len(got) < ringSize+writeChunk || got[len(got)-1] != fmt.Sprint(total) {
		t.Fatalf("%d events, the last is %s", len(got), got[len(got)-1])
	}
	for i, d := range got {
		if want := fmt.Sprint(total - len(got) + 1 + i); d != want {
			t.Fatalf("event %d is %s, want %s", i, d, want)
		}
	}
	if st := l.Status(); st.Lost != 0 {
		t.Errorf("lost %d", st.Lost)
	}
}

func waitWritten(t *testing.T, l *Log) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; {
		l.mu.Lock()
		done := l.written == l.next
		l.mu.Unlock()
		if done {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("not written within 30 s")
		}
		<-time.After(time.Millisecond)
	}
}

func TestFollow(t *testing.T) {
	l := mustOpenLog(t, t.TempDir(), LogOptions{})
	defer closeLog(t, l)
	l.Append(event(1))
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var got []string
	for e, err := range l.Events(ctx, Query{Limit: 5, Follow: true}) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, e.Detail)
		if len(got) < 5 {
			l.Append(event(len(got) + 1)) // only what comes while we follow
		} else {
			cancel()
		}
	}
	if diff := cmp.Diff([]string{"1", "2", "3", "4", "5"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestDamagedLinesAreSkipped(t *testing.T) {
	dir := t.TempDir()
	l := mustOpenLog(t, dir, LogOptions{})
	for i := 1; i <= 5; i++ {
		l.Append(event(i))
	}
	closeLog(t, l)
	path := segmentPath(dir, 1)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.SplitAfter(b, []byte{'\n'})
	lines[1] = bytes.Replace(lines[1], []byte(`:2,`), []byte(`:9,`), 1)
	lines[2] = append(bytes.Repeat([]byte("x"), 2*maxLine), '\n')
	lines = append(lines, []byte(`{"sequence":77,"time":"20`))
	if err := os.WriteFile(path, bytes.Join(lines, nil), 0o600); err != nil {
		t.Fatal(err)
	}
	l = mustOpenLog(t, dir, LogOptions{})
	defer closeLog(t, l)
	if st := l.Status(); st.Damaged != 2 {
		t.Errorf("%d damaged lines", st.Damaged)
	}
	if got := l.Append(event(6)); got != 6 {
		t.Errorf("sequence %d", got)
	}
	waitWritten(t, l)
	l.mu.Lock()
	l.oldest = l.next // read all from the disk
	l.mu.Unlock()
	if diff := cmp.Diff([]string{"1", "4", "5", "6"}, details(t, l, Query{})); diff != "" {
		t.Error(diff)
	}
}

func TestHostileTextIsBounded(t *testing.T) {
	l := mustOpenLog(t, t.TempDir(), LogOptions{})
	defer closeLog(t, l)
	e := event(1)
	e.Detail = strings.Repeat("\x00ä\n", 100_000)
	e.Time = time.Date(99999, 1, 1, 0, 0, 0, 0, time.UTC)
	l.Append(e)
	l.Append(event(2))
	waitWritten(t, l)
	l.mu.Lock()
	l.oldest = l.next
	l.mu.Unlock()
	if got := details(t, l, Query{}); len(got) != 2 || got[1] != "2" {
		t.Errorf("got %q", got)
	}
}

// Without a disk the newest events stay readable, and the rest is counted.
func TestLogWithoutDisk(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "log")
	l := mustOpenLog(t, dir, LogOptions{})
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	for i := 1; i <= ringSize+10; i++ {
		l.Append(event(i))
	}
	var got []string
	for e := range l.Events(t.Context(), Query{After: 10}) {
		got = append(got, e.Detail)
	}
	if len(got) != ringSize || got[0] != "11" {
		t.Errorf("%d events in memory", len(got))
	}
	if st := l.Status(); st.Lost != 10 {
		t.Errorf("lost %d", st.Lost)
	}
	if err := l.Close(t.Context()); err == nil {
		t.Error("Close says that all is written")
	}
}

func FuzzParseEvent(f *testing.F) {
	e := event(1)
	e.Sequence = 1
	f.Add(e.line())
	f.Fuzz(func(_ *testing.T, b []byte) { parseEvent(b) })
}
