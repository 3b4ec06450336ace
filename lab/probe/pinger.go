package probe

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Config of a pinger.
type Config struct {
	Namespace string // path of the client's network namespace; "": the current one
	Targets   []netip.Addr
	// Interval between two probes of one target. 0: 2 ms.
	Interval time.Duration
	// Grace is how long an answer may take. 0: 50 ms.
	Grace time.Duration
	// UDPPort sends UDP datagrams to an echo service at this port. 0: ICMP.
	UDPPort int
}

// Pinger probes one or many addresses by ICMP echo or UDP.
type Pinger struct {
	c       Config
	index   map[netip.Addr]int
	stop    chan struct{}
	done    chan struct{}
	mu      sync.Mutex // guards records
	records []record
	err     error
}

// Start begins to probe.
func Start(c Config) (*Pinger, error) {
	if c.Interval == 0 {
		c.Interval = 2 * time.Millisecond
	}
	if c.Grace == 0 {
		c.Grace = 50 * time.Millisecond
	}
	p := &Pinger{
		c: c, index: map[netip.Addr]int{}, records: make([]record, len(c.Targets)),
		stop: make(chan struct{}), done: make(chan struct{}),
	}
	for i, t := range c.Targets {
		p.index[t] = i
	}
	ready := make(chan error)
	go p.thread(ready)
	return p, <-ready
}

// Stop waits for late answers and returns one result for each target.
func (p *Pinger) Stop() ([]Result, error) {
	select {
	case <-p.stop:
	default:
		close(p.stop)
	}
	<-p.done
	return p.results(time.Now()), p.err
}

// Results are those so far.
func (p *Pinger) Results() []Result { return p.results(time.Now()) }

func (p *Pinger) results(end time.Time) []Result {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := make([]Result, len(p.records))
	for i := range p.records {
		out[i] = p.records[i].result(end, p.c.Grace)
	}
	return out
}

// Quiet reports whether everything was answered in the last d.
func (p *Pinger) Quiet(d time.Duration) bool {
	now := time.Now()
	for i := range p.records {
		p.mu.Lock()
		quiet := p.records[i].quiet(now, d, p.c.Grace)
		p.mu.Unlock()
		if !quiet {
			return false
		}
	}
	return true
}

// Answered reports whether the newest probe of a target whose answer is due
// was answered.
func (p *Pinger) Answered(target int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	r := &p.records[target]
	due := time.Now().Add(-p.c.Grace)
	for i := len(r.sent) - 1; i >= 0; i-- {
		if r.ok[i] {
			return true
		}
		if r.sent[i].Before(due) {
			return false
		}
	}
	return false
}

// thread is locked to a thread of the operating system, in the client's
// namespace and, if allowed, with real-time priority.
func (p *Pinger) thread(ready chan<- error) {
	defer close(p.done)
	runtime.LockOSThread() // never unlocked, see lab.InNamespace
	fd, err := p.open()
	ready <- err
	if err != nil {
		return
	}
	defer func() { _ = unix.Close(fd) }()
	// Without the permission the measurement is a little less sharp.
	_ = unix.SchedSetAttr(0, &unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_FIFO, Priority: 10}, 0)
	p.err = p.loop(fd)
}

func (p *Pinger) open() (int, error) {
	if err := enter(p.c.Namespace); err != nil {
		return -1, err
	}
	kind, proto := unix.SOCK_RAW, unix.IPPROTO_ICMP
	if p.c.UDPPort != 0 {
		kind, proto = unix.SOCK_DGRAM, unix.IPPROTO_UDP
	}
	fd, err := unix.Socket(unix.AF_INET, kind|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, proto)
	if err != nil {
		return -1, fmt.Errorf("open probe socket: %w", err)
	}
	for _, opt := range []int{unix.SO_RCVBUFFORCE, unix.SO_SNDBUFFORCE} {
		_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, opt, 4<<20)
	}
	return fd, nil
}

// burstTick is how often probes are sent where a single one would be due more often.
// A machine of two cores that runs the routers too has none left for a wake-up
// for each of 10,000 probes and 10,000 answers a second.
const burstTick = 2 * time.Millisecond

// backRest is how many turns are left out of a target that has come back, where probes are
// sent in bursts: 10,000 probes a second take a tenth of all processors, and all of them
// are needed by what brings back the others.
const backRest = 4

// loop sends one probe per tick, or a burst of them, to all targets in turn, and
// takes answers in between.
func (p *Pinger) loop(fd int) error {
	tick, burst := p.c.Interval/time.Duration(len(p.c.Targets)), 1
	if tick < burstTick && len(p.c.Targets) > 1 {
		burst = int(burstTick / tick)
		tick *= time.Duration(burst)
	}
	next := time.Now()
	for target := 0; ; target = (target + burst) % len(p.c.Targets) {
		select {
		case <-p.stop:
			return p.receive(fd, time.Now().Add(p.c.Grace))
		default:
		}
		for i := range burst {
			if at := (target + i) % len(p.c.Targets); burst == 1 || p.turn(at) {
				p.send(fd, at)
			}
		}
		next = next.Add(tick)
		now := time.Now()
		if next.Before(now.Add(-10 * time.Millisecond)) {
			next = now // the machine was away; do not send a burst
		}
		if burst > 1 {
			ts := unix.NsecToTimespec(max(next.Sub(now), 0).Nanoseconds())
			_ = unix.Nanosleep(&ts, nil) // and take all answers at once
		}
		if err := p.receive(fd, next); err != nil {
			return err
		}
	}
}

// turn reports whether it is the target's turn to be probed.
func (p *Pinger) turn(target int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.records[target].turn(time.Now(), (backRest+1)*p.c.Interval)
}

// send counts a probe that cannot be sent, for want of a route, as lost.
func (p *Pinger) send(fd, target int) {
	p.mu.Lock()
	seq := p.records[target].send(time.Now())
	p.mu.Unlock()
	msg := make([]byte, 16)
	msg[0] = 8 // echo request, RFC 792
	binary.BigEndian.PutUint16(msg[4:], uint16(os.Getpid()))
	binary.BigEndian.PutUint16(msg[6:], uint16(seq))
	binary.BigEndian.PutUint32(msg[8:], uint32(seq))
	binary.BigEndian.PutUint16(msg[2:], checksum(msg))
	to := unix.SockaddrInet4{Addr: p.c.Targets[target].As4(), Port: p.c.UDPPort}
	_ = unix.Sendto(fd, msg, 0, &to)
}

// receive takes answers until a point in time.
func (p *Pinger) receive(fd int, until time.Time) error {
	buf := make([]byte, 256)
	for {
		n, from, err := unix.Recvfrom(fd, buf, 0)
		switch {
		case err == nil:
			if a, ok := from.(*unix.SockaddrInet4); ok {
				p.take(netip.AddrFrom4(a.Addr), buf[:n])
			}
			continue
		case errors.Is(err, unix.EAGAIN):
		case errors.Is(err, unix.EINTR), errors.Is(err, unix.ECONNREFUSED), errors.Is(err, unix.EHOSTUNREACH), errors.Is(err, unix.ENETUNREACH):
			continue
		default:
			return fmt.Errorf("receive answer: %w", err)
		}
		left := time.Until(until)
		if left <= 0 {
			return nil
		}
		ts := unix.NsecToTimespec(left.Nanoseconds())
		if _, err := unix.Ppoll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, &ts, nil); err != nil && !errors.Is(err, unix.EINTR) {
			return fmt.Errorf("wait for answer: %w", err)
		}
	}
}

func (p *Pinger) take(from netip.Addr, msg []byte) {
	want := byte(0) // echo reply
	if p.c.UDPPort == 0 {
		// A raw socket hands over the IP header too.
		if len(msg) < 20 || len(msg) < int(msg[0]&15)*4 {
			return
		}
		msg = msg[int(msg[0]&15)*4:]
	} else {
		want = 8 // as it was sent
	}
	target, known := p.index[from]
	if !known || len(msg) < 16 || msg[0] != want || binary.BigEndian.Uint16(msg[4:]) != uint16(os.Getpid()) {
		return
	}
	p.mu.Lock()
	p.records[target].answer(int(binary.BigEndian.Uint32(msg[8:])), time.Now())
	p.mu.Unlock()
}

// checksum of RFC 1071 over an even number of bytes.
func checksum(b []byte) uint16 {
	var sum uint32
	for i := 0; i+1 < len(b); i += 2 {
		sum += uint32(binary.BigEndian.Uint16(b[i:]))
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}
