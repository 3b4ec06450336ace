// Package relay is a wire between two interfaces in user space that delays,
// loses, doubles, reorders and corrupts frames, for kernels without netem.
package relay

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// Port is one end of the wire: every Read is one frame, every Write too. A
// Read past the deadline fails with os.ErrDeadlineExceeded.
type Port interface {
	io.ReadWriter
	SetReadDeadline(t time.Time) error
}

// End names one end of a wire.
type End struct {
	Namespace string // path of the network namespace
	Interface string // a tap device in it
}

// Params of a wire, the same in both directions.
type Params struct {
	Delay time.Duration
	// Jitter is added to the delay of each frame, 0 up to so much: frames
	// overtake each other.
	Jitter    time.Duration
	Loss      float64 // 0–1, share of frames that are dropped
	Duplicate float64 // 0–1, share of frames that arrive twice
	Corrupt   float64 // 0–1, share of frames with one bit flipped
	// Queue is the largest number of frames on their way, more are dropped. 0: 4,096.
	Queue int
	Seed  uint64 // of all these choices
}

// maxFrame is the longest frame: Ethernet with one tag, and room for jumbos.
const maxFrame = 9216

// Run forwards frames in both directions until one end fails, for example
// because it was closed.
func Run(a, b Port, p Params) error {
	if p.Queue == 0 {
		p.Queue = 4096
	}
	done := make(chan error, 2)
	go func() { done <- forward(a, b, p, 1) }()
	go func() { done <- forward(b, a, p, 2) }()
	return <-done
}

type frame struct {
	due  time.Time
	data []byte
}

// spoil is what a frame becomes on its way: none, one or two, with a time each.
func (p *Params) spoil(dice *rand.Rand, data []byte, now time.Time) []frame {
	copies := 1
	if dice.Float64() < p.Loss {
		copies = 0
	} else if dice.Float64() < p.Duplicate {
		copies = 2
	}
	var out []frame
	for range copies {
		f := frame{due: now.Add(p.Delay), data: append([]byte(nil), data...)}
		if p.Jitter > 0 {
			f.due = f.due.Add(time.Duration(dice.Int64N(int64(p.Jitter))))
		}
		if len(data) > 0 && dice.Float64() < p.Corrupt {
			f.data[dice.IntN(len(data))] ^= 1 << dice.IntN(8)
		}
		out = append(out, f)
	}
	return out
}

// insert keeps the queue in the order of delivery. Without jitter frames stay in
// order.
func insert(queue []frame, f frame) []frame {
	i := len(queue)
	for i > 0 && queue[i-1].due.After(f.due) {
		i--
	}
	return slices.Insert(queue, i, f)
}

// forward is one direction, in one goroutine: it reads until the first frame
// under way is due, then delivers.
func forward(from, to Port, p Params, direction uint64) error {
	dice := rand.New(rand.NewPCG(p.Seed, direction))
	var queue []frame
	buf := make([]byte, maxFrame)
	for {
		var deadline time.Time // none
		if len(queue) > 0 {
			deadline = queue[0].due
		}
		if err := from.SetReadDeadline(deadline); err != nil {
			return fmt.Errorf("relay: %w", err)
		}
		n, err := from.Read(buf)
		now := time.Now()
		switch {
		case err == nil:
			for _, f := range p.spoil(dice, buf[:n], now) {
				if len(queue) < p.Queue {
					queue = insert(queue, f)
				}
			}
		case !errors.Is(err, os.ErrDeadlineExceeded) && !linkIsDown(err):
			return fmt.Errorf("relay: %w", err)
		}
		for len(queue) > 0 && !queue[0].due.After(now) {
			if _, err := to.Write(queue[0].data); err != nil && !linkIsDown(err) {
				return fmt.Errorf("relay: %w", err)
			}
			queue = queue[1:]
		}
	}
}

// linkIsDown reports whether an interface just does not take frames now.
func linkIsDown(err error) bool {
	return errors.Is(err, unix.EIO) || errors.Is(err, unix.ENOBUFS) || errors.Is(err, unix.EAGAIN)
}

// OpenTap opens an existing tap device in the namespace of the calling thread.
func OpenTap(name string) (*os.File, error) {
	fd, err := unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open /dev/net/tun: %w", err)
	}
	req, err := unix.NewIfreq(name)
	if err == nil {
		req.SetUint16(unix.IFF_TAP | unix.IFF_NO_PI)
		err = unix.IoctlIfreq(fd, unix.TUNSETIFF, req)
	}
	if err != nil {
		_ = unix.Close(fd)
		return nil, fmt.Errorf("attach to tap %s: %w", name, err)
	}
	// Only now: a device that is not attached yet cannot be polled.
	return os.NewFile(uintptr(fd), name), nil
}
