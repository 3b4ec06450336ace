package frr

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// running is what matters here of ospfd's `show running-config`.
type running struct {
	router       bool   // there is a `router ospf` of the default VRF
	redistribute string // its `redistribute connected …` line; empty: none
	maps         map[string][]entry
	lists        map[string][]rule
}

// entry is one sequence of a route-map.
type entry struct {
	seq    int
	permit bool
	lines  []string // match, set and flow control, as printed
}

// rule is one sequence of a prefix-list.
type rule struct {
	seq    int
	permit bool
	prefix netip.Prefix // invalid for what could not be read
	ge, le int          // 0: not given
}

func parseRunning(text string) running {
	r := running{maps: map[string][]entry{}, lists: map[string][]rule{}}
	context, current := "", ""
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n ")
		f := strings.Fields(line)
		if len(f) == 0 || f[0] == "!" {
			continue
		}
		if line[0] == ' ' {
			r.inner(context, current, strings.TrimSpace(line))
			continue
		}
		context, current = f[0], ""
		switch {
		case line == "router ospf":
			r.router, current = true, line
		case len(f) == 4 && f[0] == "route-map":
			seq, _ := strconv.Atoi(f[3])
			current = f[1]
			r.maps[current] = append(r.maps[current], entry{seq: seq, permit: f[2] == "permit"})
		case len(f) >= 7 && f[0] == "ip" && f[1] == "prefix-list" && f[3] == "seq":
			r.lists[f[2]] = append(r.lists[f[2]], parseRule(f[4:]))
		}
	}
	r.sort()
	return r
}

// inner takes a line inside of a context.
func (r *running) inner(context, current, line string) {
	switch {
	case current == "":
	case context == "router" && strings.HasPrefix(line, "redistribute connected"):
		r.redistribute = line
	case context == "route-map":
		last := &r.maps[current][len(r.maps[current])-1]
		last.lines = append(last.lines, line)
	}
}

func (r *running) sort() {
	for _, m := range r.maps {
		slices.SortFunc(m, func(a, b entry) int { return a.seq - b.seq })
	}
	for _, l := range r.lists {
		slices.SortFunc(l, func(a, b rule) int { return a.seq - b.seq })
	}
}

// parseRule reads `N permit|deny PREFIX|any [ge N] [le N]`.
func parseRule(f []string) rule {
	seq, _ := strconv.Atoi(f[0])
	u := rule{seq: seq, permit: f[1] == "permit"}
	if f[2] == "any" {
		u.prefix, u.le = netip.PrefixFrom(netip.IPv4Unspecified(), 0), 32
	} else if p, err := netip.ParsePrefix(f[2]); err == nil {
		u.prefix = p.Masked()
	}
	for i := 3; i+1 < len(f); i += 2 {
		n, _ := strconv.Atoi(f[i+1])
		switch f[i] {
		case "ge":
			u.ge = n
		case "le":
			u.le = n
		}
	}
	return u
}

// redistribution is the line, taken apart. FRR leaves out what is default.
type redistribution struct {
	metric, metricType int // 0: not given; 2 is FRR's default type
	routeMap           string
}

func parseRedistribution(line string) redistribution {
	r := redistribution{metricType: 2}
	f := strings.Fields(line)
	for i := 2; i+1 < len(f); i += 2 {
		switch f[i] {
		case "metric":
			r.metric, _ = strconv.Atoi(f[i+1])
		case "metric-type":
			r.metricType, _ = strconv.Atoi(f[i+1])
		case "route-map":
			r.routeMap = f[i+1]
		}
	}
	return r
}
