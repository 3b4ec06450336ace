// Package address owns and announces service addresses by the kernel.
//
// Own is a local route (`ip route add local ADDR dev lo table local proto 222`)
// that no routing daemon sees. Announce is the address on lo, with a lifetime
// of 5 s, which FRR redistributes. What carries our mark (see Protocol) is
// ours, and nothing else is touched.
//
// For IPv6 the kernel delivers to an owned address, but lets a socket bind to it
// before it is announced only with IPV6_FREEBIND or net.ipv6.ip_nonlocal_bind.
package address

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"srr/internal/routing"
)

// Options of a Driver. The zero value is right for the daemon.
type Options struct {
	// Now is a clock that never goes back and runs through a suspend; default CLOCK_BOOTTIME.
	Now func() time.Duration
}

// Driver implements routing.Announcer. Not safe for concurrent use.
type Driver struct {
	kernel    Kernel
	now       func() time.Duration
	hold      hold
	want      map[netip.Addr]routing.Want
	seen      Snapshot
	known     bool // seen is what the kernel has
	announced map[netip.Addr]bool
	inherited map[netip.Addr]bool  // announced by a predecessor, as far as is known
	lost      map[netip.Addr]error // announced, then gone; told by the next Set
	failed    map[netip.Addr]error // of the last Set
	renewed   time.Duration
	deadline  time.Duration
}

var _ routing.Announcer = (*Driver)(nil)

// Open returns a driver for the network namespace of the calling thread.
func Open(opt Options) (*Driver, error) {
	k, err := OpenNetlink()
	if err != nil {
		return nil, err
	}
	return New(k, opt), nil
}

// New returns a driver on the given kernel. The driver closes it.
func New(k Kernel, opt Options) *Driver {
	if opt.Now == nil {
		opt.Now = bootTime
	}
	return &Driver{
		kernel: k, now: opt.Now, hold: hold{length: HoldFor(MinLSArrival)},
		seen:      Snapshot{Routes: map[netip.Addr]bool{}, Addresses: map[netip.Addr]Assigned{}},
		announced: map[netip.Addr]bool{}, inherited: map[netip.Addr]bool{}, lost: map[netip.Addr]error{},
	}
}

func bootTime() time.Duration {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts); err != nil {
		panic("read the boot-time clock: " + err.Error()) // cannot fail on any Linux we build for
	}
	return time.Duration(ts.Nano())
}

// SetHold changes how long an address stays withdrawn; see HoldFor.
func (d *Driver) SetHold(length time.Duration) { d.hold.length = length }

// readAgain is the pause before the kernel is read again for the end of a hold, if
// it could not be read: somebody is changing a lot just then.
const readAgain = 200 * time.Millisecond

// Deadline is when Set should be called again because a hold ends; zero: no need.
func (d *Driver) Deadline() time.Duration { return d.deadline }

// Set implements routing.Announcer. Everything that carries our mark and is not
// wanted goes: what shall be adopted must be wanted from the first Set on.
func (d *Driver) Set(want []routing.Want) map[netip.Addr]routing.State {
	before := d.want
	d.want, d.failed = make(map[netip.Addr]routing.Want, len(want)), map[netip.Addr]error{}
	for _, w := range want {
		if err := admissible(w.Addr); err != nil {
			d.failed[w.Addr] = err
			continue
		}
		d.want[w.Addr] = w
		if w.Inherited && !before[w.Addr].Inherited && (!d.known || d.seen.Addresses[w.Addr].Ours) {
			d.inherited[w.Addr] = true // who wants it so has seen it
		}
	}
	now := d.now()
	late := d.late(now)
	err := d.refresh(now)
	if late {
		clear(d.announced) // what is left of it is renewed as if adopted
	}
	if err != nil {
		d.withdrawBlind(now)
		if d.deadline != 0 {
			d.deadline = max(d.deadline, now+readAgain)
		}
	} else {
		d.step(d.announced, now)
	}
	return d.states(err)
}

// step brings the kernel from what was seen to what is wanted. What could not
// be owned is not announced.
func (d *Driver) step(fresh map[netip.Addr]bool, now time.Duration) {
	if len(d.announced) == 0 {
		d.renewed = now // nothing is older than what this step announces
	}
	d.hold.forget(now)
	p := difference(d.want, d.seen, fresh, &d.hold, now)
	d.deadline = p.deadline
	maps.Copy(d.failed, p.errs)
	at := slices.IndexFunc(p.ops, func(op Op) bool { return op.Action == Announce })
	if at < 0 {
		at = len(p.ops)
	}
	d.apply(p.ops[:at], now)
	d.apply(slices.DeleteFunc(p.ops[at:], func(op Op) bool { return !d.seen.Routes[op.Addr] }), now)
}

func (d *Driver) apply(ops []Op, now time.Duration) {
	for i, err := range d.kernel.Apply(ops) {
		d.record(ops[i], err, now)
	}
}

// record brings the cache in line with one result.
func (d *Driver) record(op Op, err error, now time.Duration) {
	if err != nil {
		d.failed[op.Addr] = errors.Join(d.failed[op.Addr], fmt.Errorf("%s %s: %w", op.Action, op.Addr, err))
		d.known = false
		return
	}
	there := d.seen.Addresses[op.Addr]
	switch op.Action {
	case Withdraw:
		there.Ours = false
		d.seen.Addresses[op.Addr] = there
		delete(d.announced, op.Addr)
		delete(d.inherited, op.Addr)
		d.hold.note(op.Addr, now)
	case Disown:
		delete(d.seen.Routes, op.Addr)
	case Own:
		d.seen.Routes[op.Addr] = true
	case Announce:
		there.Ours = true
		d.seen.Addresses[op.Addr] = there
		d.announced[op.Addr] = true
		delete(d.inherited, op.Addr)
	}
}

// withdrawBlind takes back what this driver announced or inherited and nobody wants
// any more, although it is unknown what the kernel has.
func (d *Driver) withdrawBlind(now time.Duration) {
	var ops []Op
	for _, there := range []map[netip.Addr]bool{d.announced, d.inherited} {
		for a := range there {
			if !d.want[a].Announce {
				ops = append(ops, Op{Action: Withdraw, Addr: a})
			}
		}
	}
	d.apply(ops, now)
}

// states says what came of a Set. unknown is why the kernel could not be read.
func (d *Driver) states(unknown error) map[netip.Addr]routing.State {
	all := make(map[netip.Addr]routing.State, len(d.want))
	state := func(a netip.Addr) routing.State {
		return routing.State{
			Owned:     d.known && d.seen.Routes[a],
			Announced: d.announced[a] || d.inherited[a] || d.known && d.seen.Addresses[a].Ours,
			Err:       errors.Join(d.lost[a], d.failed[a], unknown),
		}
	}
	for a := range d.want {
		all[a] = state(a)
	}
	for a := range d.failed { // not admissible, or still there although it should not be
		all[a] = state(a)
	}
	if unknown != nil {
		for _, there := range []map[netip.Addr]bool{d.announced, d.inherited} {
			for a := range there {
				all[a] = state(a)
			}
		}
	}
	clear(d.lost)
	return all
}
