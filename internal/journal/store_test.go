package journal

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func batch(pairs ...string) map[string]json.RawMessage {
	b := map[string]json.RawMessage{}
	for i := 0; i < len(pairs); i += 2 {
		b[pairs[i]] = nil
		if pairs[i+1] != "" {
			b[pairs[i]] = json.RawMessage(pairs[i+1])
		}
	}
	return b
}

func mustOpen(t *testing.T, dir string) (*Store, State) {
	t.Helper()
	s, found, err := Open(dir, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return s, found
}

func mustClose(t *testing.T, s *Store) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if err := s.Close(ctx); err != nil {
		t.Fatal(err)
	}
}

func await(t *testing.T, what string, c <-chan struct{}) {
	t.Helper()
	select {
	case <-c:
	case <-time.After(30 * time.Second):
		t.Fatalf("%s: nothing for 30 s", what)
	}
}

func TestStoreRemembers(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	s, found := mustOpen(t, dir)
	if len(found.Values) != 0 || found.Torn || found.Damaged != 0 {
		t.Fatalf("a new state holds %+v", found)
	}
	await(t, "first batch", s.Put(batch("a", `{"x":1}`, "b", `2`)))
	await(t, "second batch", s.Put(batch("b", ``, "c", `"three"`, "d", "null")))
	mustClose(t, s)
	if info, _ := os.Stat(filepath.Join(dir, fileName)); info.Mode().Perm() != 0o600 {
		t.Errorf("the file has mode %v", info.Mode())
	}
	s, found = mustOpen(t, dir)
	defer mustClose(t, s)
	if diff := cmp.Diff(batch("a", `{"x":1}`, "c", `"three"`), found.Values); diff != "" {
		t.Error(diff)
	}
}

func TestStoreIsForOneProcess(t *testing.T) {
	dir := t.TempDir()
	s, _ := mustOpen(t, dir)
	defer mustClose(t, s)
	if _, _, err := Open(dir, slog.New(slog.DiscardHandler)); !errors.Is(err, ErrInUse) {
		t.Errorf("second Open: %v", err)
	}
}

func TestStoreWritesOnClose(t *testing.T) {
	dir := t.TempDir()
	s, _ := mustOpen(t, dir)
	for i := range 100 {
		s.Put(batch(fmt.Sprint(i), `true`))
	}
	mustClose(t, s)
	s, found := mustOpen(t, dir)
	defer mustClose(t, s)
	if len(found.Values) != 100 {
		t.Errorf("%d of 100 values", len(found.Values))
	}
}

// states returns the contents after each of a few lines, and the file.
func states() (after []map[string]json.RawMessage, file []byte, ends []int) {
	values := map[string]json.RawMessage{}
	after = append(after, maps.Clone(values))
	for i, set := range []map[string]json.RawMessage{
		batch("a", `1`), batch("a", `2`, "b", `"x y"`), batch("a", ``), batch("c", `[1,2,3]`),
	} {
		file = append(file, encodeLine(uint64(i+1), set)...)
		ends = append(ends, len(file))
		for k, v := range set {
			if v == nil {
				delete(values, k)
			} else {
				values[k] = v
			}
		}
		after = append(after, maps.Clone(values))
	}
	return after, file, ends
}

func TestEveryTornTail(t *testing.T) {
	after, file, ends := states()
	for cut := range len(file) + 1 {
		complete := 0
		for _, e := range ends {
			if cut >= e {
				complete++
			}
		}
		f := foundState{State: State{Values: map[string]json.RawMessage{}}}
		f.replay(bytes.Clone(file[:cut]))
		if diff := cmp.Diff(after[complete], f.Values); diff != "" {
			t.Fatalf("cut at %d: %s", cut, diff)
		}
		atEnd := cut == 0 || cut == ends[max(complete-1, 0)]
		if f.Damaged != 0 || f.Torn == atEnd {
			t.Fatalf("cut at %d: torn %v, damaged %d", cut, f.Torn, f.Damaged)
		}
	}
}

func TestEveryFlippedByte(t *testing.T) {
	_, file, ends := states()
	for i := range file {
		b := bytes.Clone(file)
		b[i] ^= 0x15
		f := foundState{State: State{Values: map[string]json.RawMessage{}}}
		f.replay(b)
		inLast := i >= ends[len(ends)-2]
		if f.Damaged == 0 && !f.Torn {
			t.Errorf("byte %d: not noticed", i)
		}
		if f.Damaged > 0 && inLast && i < len(file)-1 {
			t.Errorf("byte %d of the last line: damaged and not torn", i)
		}
	}
}

func TestMissingLineIsDamage(t *testing.T) {
	_, file, ends := states()
	f := foundState{State: State{Values: map[string]json.RawMessage{}}}
	f.replay(append(bytes.Clone(file[:ends[0]]), file[ends[1]:]...))
	if f.Damaged != 1 || string(f.Values["c"]) != `[1,2,3]` {
		t.Errorf("damaged %d, values %s", f.Damaged, f.Values)
	}
}

func TestDamagedFileIsKeptAndReplaced(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, fileName)
	_, file, _ := states()
	file[12] ^= 1
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	s, found := mustOpen(t, dir)
	if found.Damaged != 1 {
		t.Fatalf("damaged %d", found.Damaged)
	}
	await(t, "batch", s.Put(batch("new", `1`)))
	mustClose(t, s)
	if kept, err := os.ReadFile(path + ".damaged"); err != nil || !bytes.Equal(kept, file) {
		t.Errorf("the damaged file is not kept: %v", err)
	}
	s, found = mustOpen(t, dir)
	defer mustClose(t, s)
	if found.Damaged != 0 || string(found.Values["c"]) != `[1,2,3]` || string(found.Values["new"]) != "1" {
		t.Errorf("after the rewrite: %+v", found)
	}
}

func TestTornTailIsNotGluedToTheNextLine(t *testing.T) {
	dir := t.TempDir()
	after, file, ends := states()
	if err := os.WriteFile(filepath.Join(dir, fileName), file[:ends[2]+7], 0o600); err != nil {
		t.Fatal(err)
	}
	s, found := mustOpen(t, dir)
	if !found.Torn {
		t.Fatal("not torn")
	}
	await(t, "batch", s.Put(batch("z", `26`)))
	mustClose(t, s)
	s, found = mustOpen(t, dir)
	defer mustClose(t, s)
	want := after[3]
	want["z"] = json.RawMessage(`26`)
	if diff := cmp.Diff(want, found.Values); diff != "" || found.Damaged > 0 || found.Torn {
		t.Errorf("%+v %s", found, diff)
	}
}

func TestStoreStaysSmall(t *testing.T) {
	dir := t.TempDir()
	s, _ := mustOpen(t, dir)
	value, _ := json.Marshal(bytes.Repeat([]byte("v"), 3000))
	largest := int64(0)
	for i := range 200 {
		await(t, "batch", s.Put(map[string]json.RawMessage{fmt.Sprint(i % 3): value, "i": json.RawMessage(fmt.Sprint(i))}))
		largest = max(largest, s.Status().Bytes)
	}
	mustClose(t, s)
	if largest > compactFrom+2*int64(len(value))+100 {
		t.Errorf("the file grew to %d bytes", largest)
	}
	s, found := mustOpen(t, dir)
	defer mustClose(t, s)
	if string(found.Values["i"]) != "199" || len(found.Values) != 4 || found.Damaged > 0 {
		t.Errorf("%d values, i = %s, damaged %d", len(found.Values), found.Values["i"], found.Damaged)
	}
}

// badDisk is the real disk with faults.
type badDisk struct {
	osDisk
	fault func(op string) error // may block
}

type badFile struct {
	file
	d *badDisk
}

func (d *badDisk) wrap(f file, err error) (file, error) {
	if err != nil {
		return nil, err
	}
	return badFile{f, d}, nil
}

func (d *badDisk) Append(p string) (file, error) {
	if err := d.fault("open"); err != nil {
		return nil, err
	}
	return d.wrap(d.osDisk.Append(p))
}

func (d *badDisk) Create(p string) (file, error) {
	if err := d.fault("create"); err != nil {
		return nil, err
	}
	return d.wrap(d.osDisk.Create(p))
}

func (d *badDisk) Replace(a, b string) error {
	if err := d.fault("replace"); err != nil {
		return err
	}
	return d.osDisk.Replace(a, b)
}

func (f badFile) Write(b []byte) (int, error) {
	if err := f.d.fault("write"); err != nil {
		n, _ := f.file.Write(b[:len(b)/2])
		return n, err
	}
	return f.file.Write(b)
}

func (f badFile) Sync() error {
	if err := f.d.fault("sync"); err != nil {
		return err
	}
	return f.file.Sync()
}

// Whatever fails, and however often: what was acknowledged is in the file at
// every moment, and everything is in it soon after the fault is gone.
func TestStoreSurvivesEveryFault(t *testing.T) {
	for _, op := range []string{"write", "sync", "create", "replace", "open"} {
		t.Run(op, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { surviveFault(t, op) })
		})
	}
}

func surviveFault(t *testing.T, op string) {
	dir := t.TempDir()
	var faulty atomic.Bool
	d := &badDisk{fault: func(o string) error {
		if faulty.Load() && (o == op || o == "create" && op != "replace") {
			return errors.New("input/output error")
		}
		return nil
	}}
	s, _, err := open(dir, slog.New(slog.DiscardHandler), d)
	if err != nil {
		t.Fatal(err)
	}
	<-s.Put(batch("a", `1`))
	synctest.Wait()
	// The writer is idle: let the next attempt open the file, or rewrite it.
	s.writer.closeFile()
	s.writer.whole = op == "create" || op == "replace"
	faulty.Store(true)
	first := s.Put(batch("a", `2`, "b", `1`))
	time.Sleep(time.Minute) // of the bubble
	second := s.Put(batch("b", `2`))
	time.Sleep(time.Minute)
	if st := s.Status(); st.Err == nil || st.Failures < 10 || time.Since(st.PendingSince) < 2*time.Minute {
		t.Errorf("status %+v", st)
	}
	select {
	case <-first:
		t.Error("acknowledged though it failed")
	default:
	}
	found, err := readState(filepath.Join(dir, fileName))
	if got := string(found.Values["a"]); err != nil || found.Damaged > 0 || got != "1" && got != "2" {
		t.Errorf("on the disk during the fault: %+v %v", found, err)
	}
	faulty.Store(false)
	<-first
	<-second
	synctest.Wait()
	if st := s.Status(); st.Err != nil || !st.PendingSince.IsZero() {
		t.Errorf("status afterwards %+v", st)
	}
	if err := s.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if found, err = readState(filepath.Join(dir, fileName)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(batch("a", `2`, "b", `2`), found.Values); diff != "" || found.Torn || found.Damaged > 0 {
		t.Errorf("%s %+v", diff, found)
	}
}

func TestHangingDiskBlocksNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hang := make(chan struct{})
		d := &badDisk{fault: func(op string) error {
			if op == "sync" {
				<-hang
			}
			return nil
		}}
		s, _, err := open(t.TempDir(), slog.New(slog.DiscardHandler), d)
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		done := make([]<-chan struct{}, 1000)
		for i := range done {
			done[i] = s.Put(batch("i", fmt.Sprint(i)))
		}
		if took := time.Since(began); took != 0 {
			t.Errorf("1,000 batches took %v", took)
		}
		time.Sleep(time.Hour)
		if st := s.Status(); time.Since(st.PendingSince) != time.Hour || st.Err != nil {
			t.Errorf("status %+v", st)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := s.Close(ctx); err == nil {
			t.Error("Close says that it is durable")
		}
		close(hang)
		for _, c := range done {
			<-c
		}
		if err := s.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestInvalidValuePanics(t *testing.T) {
	s, _ := mustOpen(t, t.TempDir())
	defer mustClose(t, s)
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	s.Put(batch("a", `{`))
}

func FuzzReplay(f *testing.F) {
	_, file, _ := states()
	f.Add(file)
	f.Add([]byte("00000000 {}\n"))
	f.Fuzz(func(_ *testing.T, b []byte) {
		s := foundState{State: State{Values: map[string]json.RawMessage{}}}
		s.replay(b)
	})
}
