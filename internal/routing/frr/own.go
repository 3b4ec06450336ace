package frr

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

func levelList(metric int) string { return fmt.Sprintf("%s-%d", name, metric) }

func ownLists() []string {
	all := []string{name}
	for m := LowestMetric; m < BaseMetric; m++ {
		all = append(all, levelList(m))
	}
	return all
}

// ours reports whether the redistribution is what Ensure configures.
func (r *running) ours() bool {
	return r.redistribute != "" &&
		parseRedistribution(r.redistribute) == redistribution{metric: BaseMetric, metricType: 2, routeMap: name}
}

// wantedLines are the lines of our route-map's entry, which has its metric as
// its sequence number; nil for an entry that is not ours.
func wantedLines(seq int) []string {
	switch {
	case seq == BaseMetric:
		return []string{"match ip address prefix-list " + name}
	case seq >= LowestMetric && seq < BaseMetric:
		return []string{"match ip address prefix-list " + levelList(seq), fmt.Sprintf("set metric %d", seq)}
	}
	return nil
}

// expected reports whether Ensure would leave the entry as it is. The tag is Touch's.
func (e entry) expected() bool {
	lines := slices.DeleteFunc(slices.Clone(e.lines), func(l string) bool {
		return e.seq == BaseMetric && strings.HasPrefix(l, tagLine)
	})
	return e.permit && lines != nil && slices.Equal(lines, wantedLines(e.seq))
}

// mapLines brings our route-map into its form. Entries that are right stay untouched.
func (r *running) mapLines() []string {
	var lines []string
	right := map[int]bool{}
	for _, e := range r.maps[name] {
		if e.expected() {
			right[e.seq] = true
			continue
		}
		action := map[bool]string{true: "permit", false: "deny"}[e.permit]
		lines = append(lines, fmt.Sprintf("no route-map %s %s %d", name, action, e.seq))
	}
	for m := LowestMetric; m <= BaseMetric; m++ {
		if right[m] {
			continue
		}
		lines = append(lines, fmt.Sprintf("route-map %s permit %d", name, m))
		lines = append(lines, wantedLines(m)...)
		lines = append(lines, "exit")
	}
	return lines
}

// levelPrefixes is what the list of a metric below the base permits: single
// prefixes, because few have one, and not for long.
func (r *running) levelPrefixes(metric int) []netip.Prefix {
	var all []netip.Prefix
	for _, u := range r.lists[levelList(metric)] {
		if s, ours := u.span(); ours && s.ge == 0 {
			all = append(all, s.prefix)
		}
	}
	return all
}

// levelLines makes the list of a metric below the base permit exactly the prefixes.
func (r *running) levelLines(metric int, prefixes []netip.Prefix) []string {
	var spans []span
	for _, p := range prefixes {
		spans = append(spans, span{prefix: p})
	}
	return r.listLines(levelList(metric), spans)
}

// listLines makes a list permit exactly the spans. Additions come first: FRR
// drops a list with its last rule, and what stays permitted is so all the time.
func (r *running) listLines(list string, spans []span) []string {
	var add, remove []string
	has := map[span]bool{}
	next := 0
	for _, u := range r.lists[list] {
		next = max(next, u.seq)
		if s, ours := u.span(); ours && slices.Contains(spans, s) && !has[s] {
			has[s] = true
			continue
		}
		remove = append(remove, fmt.Sprintf("no ip prefix-list %s seq %d", list, u.seq))
	}
	for _, s := range spans {
		if has[s] {
			continue
		}
		has[s] = true
		next += 5
		add = append(add, fmt.Sprintf("ip prefix-list %s seq %d permit %s", list, next, s))
	}
	return append(add, remove...)
}

// usedElsewhere reports whether another route-map than ours uses the list.
func (r *running) usedElsewhere(list string) bool {
	for routeMap := range r.maps {
		if routeMap != name && r.refers(routeMap, list) {
			return true
		}
	}
	return false
}

// freeSeq is the lowest sequence number that the route-map does not use, so
// that what stands there comes before the operator's own denials where it can.
func (r *running) freeSeq(routeMap string) int {
	for seq := 1; ; seq++ {
		if !slices.ContainsFunc(r.maps[routeMap], func(e entry) bool { return e.seq == seq }) {
			return seq
		}
	}
}
