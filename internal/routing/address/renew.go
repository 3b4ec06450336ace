package address

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"time"
)

// Faults that a State's Err wraps once, in the first Set after an announced
// address was found gone. The Set, or the hold's end, restores it.
var (
	// ErrRemoved: it was gone although it had been renewed in time.
	ErrRemoved = errors.New("address was removed by somebody else")
	// ErrExpired: it was not renewed in time, and the kernel removed it.
	ErrExpired = errors.New("address was not renewed within its lifetime")
)

// Renew implements routing.Announcer, and restores what somebody else removed.
// When it comes later than the lifetime it does nothing but return ErrExpired:
// another node may serve by now, so only a new Set may announce again.
func (d *Driver) Renew() error {
	now := d.now()
	if d.late(now) {
		return fmt.Errorf("renew addresses: %w: %v", ErrExpired, (now - d.renewed).Round(time.Millisecond))
	}
	d.failed = map[netip.Addr]error{}
	err := d.refresh(now)
	if err != nil {
		d.renewBlind(now)
	} else {
		d.step(nil, now)
	}
	d.renewed = now
	errs := []error{err}
	for _, a := range slices.SortedFunc(maps.Keys(d.failed), netip.Addr.Compare) {
		errs = append(errs, d.failed[a])
	}
	return errors.Join(errs...)
}

// late reports that what is announced may have expired.
func (d *Driver) late(now time.Duration) bool {
	return len(d.announced) > 0 && now-d.renewed >= lifetimeSeconds*time.Second
}

// refresh reads the kernel if it may have changed, and notes what was lost.
func (d *Driver) refresh(now time.Duration) error {
	if changed := d.kernel.Changed(); !changed && d.known {
		return nil
	}
	d.known = false
	seen, err := d.kernel.Dump()
	if err != nil {
		return fmt.Errorf("read addresses: %w", err)
	}
	why := ErrRemoved
	if d.late(now) {
		why = ErrExpired
	}
	d.seen, d.known = seen, true
	for a := range d.announced {
		if !seen.Addresses[a].Ours {
			delete(d.announced, a)
			d.hold.note(a, now)
			d.lost[a] = fmt.Errorf("announce %s: %w", a, why)
		}
	}
	for a := range d.inherited {
		if !seen.Addresses[a].Ours {
			delete(d.inherited, a)
			d.hold.note(a, now)
			d.lost[a] = fmt.Errorf("announce %s: %w", a, ErrExpired)
		}
	}
	return nil
}

// renewBlind renews what this driver announced, although it is unknown what
// the kernel has: it was there less than a lifetime ago.
func (d *Driver) renewBlind(now time.Duration) {
	var ops []Op
	for a := range d.announced {
		ops = append(ops, Op{Action: Announce, Addr: a})
	}
	d.apply(ops, now)
}
