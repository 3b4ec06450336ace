package address

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"
)

// Present returns the addresses that are announced now with our mark, by
// whomever, sorted: for adoption at the start.
func (d *Driver) Present() ([]netip.Addr, error) {
	seen, err := d.kernel.Dump()
	if err != nil {
		return nil, fmt.Errorf("read addresses: %w", err)
	}
	var all []netip.Addr
	for a, s := range seen.Addresses {
		if s.Ours {
			all = append(all, a)
		}
	}
	slices.SortFunc(all, netip.Addr.Compare)
	return all, nil
}

// CleanUp implements routing.Announcer: everything with our mark goes, but for
// keep. It needs no earlier Set, so `srrd cleanup` can call it alone.
func (d *Driver) CleanUp(keep []netip.Addr) error {
	d.known = false
	now := d.now()
	if err := d.refresh(now); err != nil {
		return err
	}
	var ops []Op
	for a, s := range d.seen.Addresses {
		if s.Ours && !slices.Contains(keep, a) {
			ops = append(ops, Op{Action: Withdraw, Addr: a})
		}
	}
	for a := range d.seen.Routes {
		if !slices.Contains(keep, a) {
			ops = append(ops, Op{Action: Disown, Addr: a})
		}
	}
	slices.SortFunc(ops, compareOps)
	d.failed = map[netip.Addr]error{}
	var errs []error
	for i, err := range d.kernel.Apply(ops) {
		d.record(ops[i], err, now)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s %s: %w", ops[i].Action, ops[i].Addr, err))
		}
	}
	return errors.Join(errs...)
}

// Close implements routing.Announcer. What is left expires after its lifetime
// unless a successor renews it; the local routes stay.
func (d *Driver) Close(leave time.Duration) error {
	var errs []error
	if leave > 0 {
		errs = append(errs, d.leave(leave))
	} else {
		for _, s := range d.Set(nil) {
			errs = append(errs, s.Err)
		}
	}
	return errors.Join(append(errs, d.kernel.Close())...)
}

// leave lets what is announced live for so long. Like Renew it brings nothing back:
// not when it comes too late, nor what somebody removed.
func (d *Driver) leave(life time.Duration) error {
	now := d.now()
	if d.late(now) {
		return fmt.Errorf("leave addresses: %w: %v", ErrExpired, (now - d.renewed).Round(time.Millisecond))
	}
	errs := []error{d.refresh(now)}
	ops := make([]Op, 0, len(d.announced))
	for a := range d.announced {
		ops = append(ops, Op{Action: Announce, Addr: a, Life: life})
	}
	return errors.Join(append(errs, d.kernel.Apply(ops)...)...)
}
