package frr

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// verdict of a filter; unknown where it uses what is not understood here.
type verdict int

const (
	denied verdict = iota
	permitted
	unknown
)

// permits follows FRR's route-map: the first entry whose matches all hold
// decides, and without one the route is denied.
func (r *running) permits(routeMap string, p netip.Prefix) verdict {
	for _, e := range r.maps[routeMap] {
		switch r.matches(e, p) {
		case denied:
			continue
		case unknown:
			return unknown
		}
		if !e.permit {
			return denied
		}
		return permitted
	}
	return denied
}

// matches says whether an entry applies to p. Entries that go on elsewhere are unknown.
func (r *running) matches(e entry, p netip.Prefix) verdict {
	result := permitted
	for _, line := range e.lines {
		v := permitted
		f := strings.Fields(line)
		switch {
		case f[0] == "set" || f[0] == "description":
		case strings.HasPrefix(line, "match ip address prefix-list ") && len(f) == 5:
			v = r.listed(f[4], p)
		case strings.HasPrefix(line, "match ip address prefix-len ") && len(f) == 5:
			v = truth(f[4] == strconv.Itoa(p.Bits()))
		case strings.HasPrefix(line, "match interface ") && len(f) == 3:
			v = truth(f[2] == "lo")
		default:
			v = unknown
		}
		if v == denied {
			return denied
		}
		if v == unknown {
			result = unknown
		}
	}
	return result
}

func truth(yes bool) verdict {
	if yes {
		return permitted
	}
	return denied
}

// listed follows FRR's prefix-list: the first rule that covers p decides.
func (r *running) listed(list string, p netip.Prefix) verdict {
	for _, u := range r.lists[list] {
		if u.covers(p) {
			return truth(u.permit)
		}
	}
	return denied
}

func (u rule) covers(p netip.Prefix) bool {
	if !u.prefix.IsValid() || p.Bits() < u.prefix.Bits() || !u.prefix.Contains(p.Addr()) {
		return false
	}
	if u.ge == 0 && u.le == 0 {
		return p.Bits() == u.prefix.Bits()
	}
	return p.Bits() >= u.ge && (u.le == 0 || p.Bits() <= u.le)
}

// refers reports whether the route-map matches by the prefix-list.
func (r *running) refers(routeMap, list string) bool {
	return slices.ContainsFunc(r.maps[routeMap], func(e entry) bool {
		return slices.Contains(e.lines, matchLine(list))
	})
}
