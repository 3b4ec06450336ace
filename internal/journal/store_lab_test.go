//go:build lab

package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// smallDisk mounts a file system of the given number of bytes.
func smallDisk(t *testing.T, size string) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Fatal("mounting a tmpfs needs root: sudo go test -tags lab ./internal/journal")
	}
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		t.Fatalf("mount a tmpfs at %s: %v", dir, err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// fill takes all space that is left.
func fill(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for block := make([]byte, 4096); ; {
		if _, err = f.Write(block); err != nil {
			break
		}
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("fill the disk: %v", err)
	}
}

func TestFullDisk(t *testing.T) {
	dir := smallDisk(t, "512k")
	s, _ := mustOpen(t, filepath.Join(dir, "state"))
	l := mustOpenLog(t, filepath.Join(dir, "log"), LogOptions{})
	await(t, "first batch", s.Put(batch("kept", `1`)))
	l.Append(event(1))
	waitWritten(t, l)

	filler := filepath.Join(dir, "filler")
	fill(t, filler)
	big, _ := json.Marshal(bytes.Repeat([]byte("b"), 9000))
	pending := s.Put(map[string]json.RawMessage{"big": big, "kept": json.RawMessage(`2`)})
	for range 200 {
		e := event(2)
		e.Detail = string(bytes.Repeat([]byte("d"), maxText))
		l.Append(e)
	}
	for deadline := time.Now().Add(10 * time.Second); s.Status().Failures < 2 || l.Status().Err == nil; {
		if time.Now().After(deadline) {
			t.Fatalf("no error for 10 s: %+v %+v", s.Status(), l.Status())
		}
		<-time.After(10 * time.Millisecond)
	}
	if st := s.Status(); !errors.Is(st.Err, syscall.ENOSPC) {
		t.Errorf("status %+v", st)
	}
	if found, err := readState(s.path); err != nil || string(found.Values["kept"]) != "1" || found.Damaged > 0 {
		t.Errorf("while the disk is full: %+v %v", found, err)
	}

	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	await(t, "batch after space returned", pending)
	mustClose(t, s)
	if found, err := readState(s.path); err != nil || string(found.Values["kept"]) != "2" || len(found.Values) != 2 {
		t.Errorf("afterwards: %d values, kept %s, %v", len(found.Values), found.Values["kept"], err)
	}
	closeLogFull(t, l)
}

// closeLogFull: 200 events of 1 KiB do fit again.
func closeLogFull(t *testing.T, l *Log) {
	t.Helper()
	waitWritten(t, l)
	closeLog(t, l)
	damaged, events := 0, 0
	list, err := segments(l.dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range list {
		d, _, err := readSegment(s.path, 0, func(Event) bool { events++; return true })
		if err != nil {
			t.Fatal(err)
		}
		damaged += d
	}
	if events != 201 || damaged > 1 {
		t.Errorf("%d of 201 events, %d damaged lines", events, damaged)
	}
}
