package relay

import (
	"io"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"
)

// wire is a port in memory.
type wire struct {
	in       chan []byte
	out      chan []byte
	deadline time.Time
}

func (w *wire) Read(b []byte) (int, error) {
	var timeout <-chan time.Time
	if !w.deadline.IsZero() {
		timeout = time.After(time.Until(w.deadline))
	}
	select {
	case f, ok := <-w.in:
		if !ok {
			return 0, net.ErrClosed
		}
		return copy(b, f), nil
	case <-timeout:
		return 0, os.ErrDeadlineExceeded
	}
}

func (w *wire) Write(b []byte) (int, error) {
	w.out <- append([]byte(nil), b...)
	return len(b), nil
}
func (w *wire) SetReadDeadline(t time.Time) error { w.deadline = t; return nil }

func newWire() *wire { return &wire{in: make(chan []byte), out: make(chan []byte, 10000)} }

func TestDelayAndOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := newWire(), newWire()
		go func() { _ = Run(a, b, Params{Delay: 20 * time.Millisecond}) }()
		start := time.Now()
		go func() {
			for i := range 5 {
				a.in <- []byte{byte(i)}
				time.Sleep(7 * time.Millisecond)
			}
		}()
		for i := range 5 {
			f := <-b.out
			want := 20*time.Millisecond + time.Duration(i)*7*time.Millisecond
			if took := time.Since(start); f[0] != byte(i) || took != want {
				t.Errorf("frame %d came as %d after %v, want %v", i, f[0], took, want)
			}
		}
		b.in <- []byte{9}
		sent := time.Now()
		<-a.out
		if took := time.Since(sent); took != 20*time.Millisecond {
			t.Errorf("the way back took %v", took)
		}
		close(a.in)
		close(b.in)
	})
}

func TestLoss(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := newWire(), newWire()
		go func() { _ = Run(a, b, Params{Delay: time.Millisecond, Loss: 0.25, Seed: 7}) }()
		for range 4000 {
			a.in <- []byte{1}
		}
		time.Sleep(10 * time.Millisecond)
		if got := len(b.out); got < 2850 || got > 3150 {
			t.Errorf("%d of 4000 frames passed with a loss of 0.25", got)
		}
		close(a.in)
		close(b.in)
	})
}

// TestRough: what is doubled, late or spoiled is as much as was asked for, and
// every frame that was sent arrives.
func TestRough(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := newWire(), newWire()
		p := Params{Delay: time.Millisecond, Jitter: 20 * time.Millisecond, Duplicate: 0.1, Corrupt: 0.1, Seed: 7}
		go func() { _ = Run(a, b, p) }()
		const sent = 2000
		for i := range sent {
			a.in <- []byte{byte(i >> 8), byte(i), 0xaa}
			time.Sleep(time.Millisecond)
		}
		time.Sleep(time.Second)
		got, early, spoiled, last := len(b.out), 0, 0, -1
		for range got {
			f := <-b.out
			if f[2] != 0xaa {
				spoiled++ // a third of them: the flipped bit is in any of three bytes
			}
			n := int(f[0])<<8 | int(f[1])
			if n < last {
				early++
			}
			last = n
		}
		if got < sent*105/100 || got > sent*115/100 || early < sent/10 || spoiled < sent/50 || spoiled > sent/15 {
			t.Errorf("of %d frames %d arrived, %d after a later one, %d spoiled", sent, got, early, spoiled)
		}
		close(a.in)
		close(b.in)
	})
}

func TestQueueIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := newWire(), newWire()
		go func() { _ = Run(a, b, Params{Delay: time.Second, Queue: 10}) }()
		for range 100 {
			a.in <- []byte{1}
		}
		time.Sleep(2 * time.Second)
		if got := len(b.out); got != 10 {
			t.Errorf("%d frames passed, want the 10 that fit", got)
		}
		close(a.in)
		close(b.in)
	})
}

// down is a port whose interface is down.
type down struct{ *wire }

func (down) Write([]byte) (int, error) { return 0, unix.EIO }

func TestLinkDownLosesFramesOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := newWire(), down{newWire()}
		done := make(chan error, 1)
		go func() { done <- Run(a, b, Params{}) }()
		a.in <- []byte{1}
		a.in <- []byte{2}
		select {
		case err := <-done:
			t.Fatalf("relay ended: %v", err)
		default:
		}
		close(a.in)
		if err := <-done; err == nil || err == io.EOF {
			t.Errorf("relay ended with %v, want the cause", err)
		}
		close(b.in)
	})
}
