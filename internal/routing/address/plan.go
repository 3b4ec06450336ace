package address

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"srr/internal/routing"
)

// ErrForeign is an address that somebody else configured. Nothing is changed.
var ErrForeign = errors.New("address is configured by somebody else")

// plan is what has to be done, and for which addresses nothing can be.
type plan struct {
	ops      []Op // in the order of Action
	errs     map[netip.Addr]error
	deadline time.Duration // when the first hold ends; zero: none
}

// difference compares what is wanted with what is there. What is announced but
// not in fresh is announced again, to renew its lifetime, unless it is inherited. Pure.
func difference(want map[netip.Addr]routing.Want, seen Snapshot, fresh map[netip.Addr]bool, h *hold, now time.Duration) plan {
	p := plan{errs: map[netip.Addr]error{}}
	for a, s := range seen.Addresses {
		if s.Ours && !want[a].Announce {
			p.ops = append(p.ops, Op{Action: Withdraw, Addr: a})
		}
	}
	for a := range seen.Routes {
		if _, ok := want[a]; !ok {
			p.ops = append(p.ops, Op{Action: Disown, Addr: a})
		}
	}
	for a, w := range want {
		if there := seen.Addresses[a]; there.Foreign != "" {
			p.errs[a] = fmt.Errorf("own %s: %w on %s", a, ErrForeign, there.Foreign)
			if !there.Ours {
				continue
			}
		}
		if !seen.Routes[a] {
			p.ops = append(p.ops, Op{Action: Own, Addr: a})
		}
		if w.Announce && !w.Inherited && !fresh[a] {
			p.announce(a, seen.Addresses[a].Ours, h.until(a, now))
		}
	}
	slices.SortFunc(p.ops, compareOps)
	return p
}

func compareOps(x, y Op) int {
	return cmp.Or(cmp.Compare(x.Action, y.Action), x.Addr.Compare(y.Addr))
}

// announce respects the hold, which does not concern the renewal of what is there.
func (p *plan) announce(a netip.Addr, there bool, end time.Duration) {
	if there || end == 0 {
		p.ops = append(p.ops, Op{Action: Announce, Addr: a})
		return
	}
	if p.deadline == 0 || end < p.deadline {
		p.deadline = end
	}
}

// admissible refuses what must never be on lo as a service address.
func admissible(a netip.Addr) error {
	switch {
	case !a.IsValid() || a.Zone() != "" || a.Is4In6():
		return fmt.Errorf("own %s: not a plain IPv4 or IPv6 address", a)
	case a.IsLoopback() || a.IsMulticast() || a.IsUnspecified() || a.IsLinkLocalUnicast():
		return fmt.Errorf("own %s: not a routable unicast address", a)
	case a == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
		return fmt.Errorf("own %s: not a routable unicast address", a)
	}
	return nil
}
