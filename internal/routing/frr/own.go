package frr

import (
	"fmt"
	"maps"
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

// shortcut is the sequence number of the entry that comes first. While no address has a
// metric below the base, it matches what the last one does, and ospfd need not look into
// nine lists for each address whenever one appears (decision 111); otherwise nothing.
const shortcut = LowestMetric - 1

// wantedLines are the lines of our route-map's entry, which has its metric as
// its sequence number; nil for an entry that is not ours.
func wantedLines(seq int) []string {
	switch {
	case seq == BaseMetric:
		return []string{matchLine(name)}
	case seq == shortcut:
		return []string{matchLine(levelList(shortcut))} // closed: there is no such list
	case seq >= LowestMetric && seq < BaseMetric:
		return []string{matchLine(levelList(seq)), fmt.Sprintf("set metric %d", seq)}
	}
	return nil
}

func matchLine(list string) string { return "match ip address prefix-list " + list }

// base reports whether the entry announces with the base metric.
func (e entry) base() bool { return e.seq == BaseMetric || e.seq == shortcut }

// expected reports whether Ensure would leave the entry as it is. The tag is Touch's.
func (e entry) expected() bool {
	lines := slices.DeleteFunc(slices.Clone(e.lines), func(l string) bool {
		return e.base() && strings.HasPrefix(l, tagLine)
	})
	if e.seq == shortcut && slices.Equal(lines, []string{matchLine(name)}) { // open
		return e.permit
	}
	return e.permit && lines != nil && slices.Equal(lines, wantedLines(e.seq))
}

// baseEntries are those that announce with the base metric, the shortcut first.
func (r *running) baseEntries() []entry {
	var all []entry
	for _, e := range r.maps[name] {
		if e.base() && e.expected() {
			all = append(all, e)
		}
	}
	return all
}

// announces reports whether an entry announces what our list permits.
func (r *running) announces() bool {
	return slices.ContainsFunc(r.baseEntries(), func(e entry) bool { return slices.Contains(e.lines, matchLine(name)) })
}

// shortcutLines open or close the shortcut. One line replaces what it matches. It is made
// only while nothing is redistributed by the route-map: an entry permits everything until
// its match line is there.
func (r *running) shortcutLines(open bool) []string {
	match := wantedLines(shortcut)[0]
	if open {
		match = matchLine(name)
	}
	at := slices.IndexFunc(r.maps[name], func(e entry) bool { return e.seq == shortcut && e.expected() })
	switch {
	case at < 0 && r.redistribute != "", at >= 0 && slices.Contains(r.maps[name][at].lines, match):
		return nil
	}
	return entryLines(shortcut, match)
}

// entryLines type lines into an entry of our route-map.
func entryLines(seq int, lines ...string) []string {
	return append(append([]string{fmt.Sprintf("route-map %s permit %d", name, seq)}, lines...), "exit")
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
		lines = append(lines, entryLines(m, wantedLines(m)...)...)
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
func (r *running) levelLines(metric int, prefixes []netip.Prefix) (add, remove []string) {
	var spans []span
	for _, p := range prefixes {
		spans = append(spans, span{prefix: p})
	}
	return r.listDiff(levelList(metric), spans)
}

// metricLines gives prefixes other metrics. Lower levels match first, so adding before
// removing makes one LSA, not two. The shortcut is closed in between, and opened at the end.
func (r *running) metricLines(metrics map[netip.Prefix]uint32) []string {
	prefixes := slices.SortedFunc(maps.Keys(metrics), netip.Prefix.Compare)
	var add, remove []string
	levels := 0
	for m := LowestMetric; m < BaseMetric; m++ {
		has := slices.DeleteFunc(r.levelPrefixes(m), func(p netip.Prefix) bool {
			metric, moves := metrics[p]
			return moves && metric != uint32(m)
		})
		for _, p := range prefixes {
			if metrics[p] == uint32(m) && !slices.Contains(has, p) {
				has = append(has, p)
			}
		}
		more, less := r.levelLines(m, has)
		add, remove = append(add, more...), append(remove, less...)
		levels += len(has)
	}
	if levels > 0 {
		add = append(add, r.shortcutLines(false)...)
	} else {
		remove = append(remove, r.shortcutLines(true)...)
	}
	return append(add, remove...)
}

// listLines makes a list permit exactly the spans. Additions come first: FRR
// drops a list with its last rule, and what stays permitted is so all the time.
func (r *running) listLines(list string, spans []span) []string {
	add, remove := r.listDiff(list, spans)
	return append(add, remove...)
}

func (r *running) listDiff(list string, spans []span) (add, remove []string) {
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
	return add, remove
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
