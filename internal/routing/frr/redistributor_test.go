package frr

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// fakeFRR takes configuration lines and prints them as ospfd would.
type fakeFRR struct {
	t       *testing.T
	router  []string // lines of `router ospf`; nil: there is none
	lists   []string
	maps    map[string][]string // "NAME permit N" -> lines
	context string
	sent    []string
}

func (f *fakeFRR) Show(_ context.Context, _, command string) ([]byte, error) {
	if command != "show running-config" {
		f.t.Errorf("show %q", command)
	}
	return []byte(f.String()), nil
}

func (f *fakeFRR) Configure(_ context.Context, _ string, lines ...string) error {
	for _, line := range lines {
		f.sent = append(f.sent, line)
		f.line(line)
	}
	return nil
}

func (f *fakeFRR) line(line string) {
	fields := strings.Fields(line)
	switch {
	case line == "router ospf", strings.HasPrefix(line, "route-map "):
		f.context = strings.TrimPrefix(line, "route-map ")
		if line != "router ospf" && f.maps[f.context] == nil {
			f.maps[f.context] = []string{}
		}
	case strings.HasPrefix(line, "no route-map "):
		delete(f.maps, strings.TrimPrefix(line, "no route-map "))
	case strings.HasPrefix(line, "ip prefix-list "): // replaces one of its number
		number := strings.Join(fields[:5], " ") + " "
		f.lists = slices.DeleteFunc(f.lists, func(l string) bool { return strings.HasPrefix(l, number) })
		f.lists = append(f.lists, line)
	case strings.HasPrefix(line, "no ip prefix-list "):
		gone := strings.TrimPrefix(line, "no ") + " "
		f.lists = slices.DeleteFunc(f.lists, func(l string) bool { return strings.HasPrefix(l+" ", gone) })
	case line == "exit":
		f.context = ""
	case f.context == "router ospf" && fields[0] == "no":
		f.router = slices.DeleteFunc(f.router, func(l string) bool { return strings.HasPrefix(l, strings.Join(fields[1:], " ")) })
	case f.context == "router ospf":
		f.router = append(f.router, strings.Replace(line, "metric-type 2 ", "", 1))
	case f.context != "" && len(fields) > 1: // replaces a line of its kind
		kind := strings.Join(fields[:len(fields)-1], " ")
		f.maps[f.context] = slices.DeleteFunc(f.maps[f.context], func(l string) bool { return strings.HasPrefix(l, kind+" ") })
		f.maps[f.context] = append(f.maps[f.context], line)
	case f.context != "":
		f.maps[f.context] = append(f.maps[f.context], line)
	default:
		f.t.Errorf("line out of context: %q", line)
	}
}

func (f *fakeFRR) String() string {
	b := &strings.Builder{}
	if f.router != nil {
		fmt.Fprintln(b, "router ospf")
		for _, l := range f.router {
			fmt.Fprintln(b, " "+l)
		}
		fmt.Fprintln(b, "exit\n!")
	}
	for _, l := range f.lists {
		fmt.Fprintln(b, l)
	}
	var names []string
	for m := range f.maps {
		names = append(names, m)
	}
	slices.Sort(names)
	for _, m := range names {
		fmt.Fprintf(b, "!\nroute-map %s\n", m)
		for _, l := range f.maps[m] {
			fmt.Fprintln(b, " "+l)
		}
		fmt.Fprintln(b, "exit")
	}
	return b.String()
}

func fake(t *testing.T, router ...string) *fakeFRR {
	return &fakeFRR{t: t, router: append([]string{"ospf router-id 10.0.0.1"}, router...), maps: map[string][]string{}}
}

func (f *fakeFRR) take() string {
	all := strings.Join(f.sent, "\n")
	f.sent = nil
	return all
}

func prefixes(all ...string) (p []netip.Prefix) {
	for _, s := range all {
		p = append(p, netip.MustParsePrefix(s))
	}
	return p
}

const p1, p2, p3 = "10.71.100.1/32", "10.71.100.2/32", "10.71.100.3/32"

func TestEnsure(t *testing.T) {
	f := fake(t)
	r := New(f)
	before := f.String()
	if _, err := r.Ensure(t.Context(), prefixes(p1, p2)); err != nil {
		t.Fatal(err)
	}
	got := f.take()
	if !strings.HasPrefix(got, "ip prefix-list SRR seq 5 permit 10.71.100.1/32\nip prefix-list SRR seq 10 permit 10.71.100.2/32\nroute-map SRR permit 992\nmatch ip address prefix-list SRR-992\nset metric 992\nexit\n") ||
		!strings.HasSuffix(got, "exit\nroute-map SRR permit 991\nmatch ip address prefix-list SRR\nexit\nrouter ospf\nredistribute connected metric 1000 metric-type 2 route-map SRR\nexit") {
		t.Errorf("first:\n%s", got)
	}
	if _, err := r.Ensure(t.Context(), prefixes(p2, p1)); err != nil || f.take() != "" {
		t.Errorf("second: %v, %s", err, got)
	}
	if _, err := r.Ensure(t.Context(), prefixes(p2, p3)); err != nil {
		t.Fatal(err)
	}
	if got := f.take(); got != "ip prefix-list SRR seq 15 permit 10.71.100.2/31 ge 32\nno ip prefix-list SRR seq 5\nno ip prefix-list SRR seq 10" {
		t.Errorf("another set:\n%s", got)
	}
	f.maps["SRR permit 995"] = []string{"match interface eth0"} // meddled with
	if _, err := r.Ensure(t.Context(), prefixes(p2, p3)); err != nil {
		t.Fatal(err)
	}
	if got := f.take(); got != "no route-map SRR permit 995\nroute-map SRR permit 995\nmatch ip address prefix-list SRR-995\nset metric 995\nexit" {
		t.Errorf("mended:\n%s", got)
	}
	if err := r.Undo(t.Context()); err != nil || f.String() != before {
		t.Errorf("undone: %v\n%s", err, f)
	}
}

// setMetric is SetMetrics of one prefix.
func setMetric(t *testing.T, r *Redistributor, p netip.Prefix, metric uint32) error {
	_, err := r.SetMetrics(t.Context(), map[netip.Prefix]uint32{p: metric})
	return err
}

func TestSetMetric(t *testing.T) {
	f := fake(t)
	r := New(f)
	if _, err := r.Ensure(t.Context(), prefixes(p1, p2)); err != nil {
		t.Fatal(err)
	}
	f.take()
	a := netip.MustParsePrefix(p1)
	for _, c := range []struct {
		metric uint32
		lines  string
	}{
		{1000, ""},
		{999, "ip prefix-list SRR-999 seq 5 permit 10.71.100.1/32\nroute-map SRR permit 991\nmatch ip address prefix-list SRR-991\nexit"},
		{997, "ip prefix-list SRR-997 seq 5 permit 10.71.100.1/32\nno ip prefix-list SRR-999 seq 5"},
		{998, "ip prefix-list SRR-998 seq 5 permit 10.71.100.1/32\nno ip prefix-list SRR-997 seq 5"},
		{998, ""},
		{1000, "no ip prefix-list SRR-998 seq 5\nroute-map SRR permit 991\nmatch ip address prefix-list SRR\nexit"},
	} {
		if err := setMetric(t, r, a, c.metric); err != nil {
			t.Fatal(err)
		}
		if got := f.take(); got != c.lines {
			t.Errorf("metric %d:\n%s", c.metric, got)
		}
	}
	for _, bad := range []uint32{0, 991, 1001} {
		if setMetric(t, r, a, bad) == nil {
			t.Errorf("metric %d accepted", bad)
		}
	}
	if setMetric(t, r, netip.MustParsePrefix(p3), 999) == nil {
		t.Error("a stranger's prefix accepted")
	}
	_ = setMetric(t, r, a, 999)
	_ = setMetric(t, r, netip.MustParsePrefix(p2), 999)
	f.take()
	if err := setMetric(t, r, a, 1000); err != nil || f.take() != "no ip prefix-list SRR-999 seq 5" {
		t.Errorf("the other one has its level still: %v\n%s", err, f)
	}
	if _, err := r.Ensure(t.Context(), prefixes(p1)); err != nil ||
		f.take() != "no ip prefix-list SRR seq 10\nno ip prefix-list SRR-999 seq 10\nroute-map SRR permit 991\nmatch ip address prefix-list SRR\nexit" {
		t.Errorf("a level outlives its prefix: %v\n%s", err, f)
	}
}

// An ospfd that an older srrd configured has no shortcut, and gets none while it announces:
// for a moment the new entry would announce every connected route.
func TestNoShortcutInUse(t *testing.T) {
	f := fake(t)
	r := New(f)
	if _, err := r.Ensure(t.Context(), prefixes(p1)); err != nil {
		t.Fatal(err)
	}
	delete(f.maps, "SRR permit 991")
	f.take()
	if _, err := r.Ensure(t.Context(), prefixes(p1)); err != nil || f.take() != "" {
		t.Errorf("ensured: %v\n%s", err, f)
	}
	a := netip.MustParsePrefix(p1)
	for _, metric := range []uint32{999, 1000} {
		if err := setMetric(t, r, a, metric); err != nil || strings.Contains(f.take(), "991") {
			t.Errorf("metric %d: %v\n%s", metric, err, f)
		}
	}
	if err := r.Touch(t.Context()); err != nil || f.take() != "route-map SRR permit 1000\nset tag 1\nexit" {
		t.Errorf("touched: %v\n%s", err, f)
	}
}

func TestTouch(t *testing.T) {
	f := fake(t)
	r := New(f)
	if err := r.Touch(t.Context()); !errors.Is(err, ErrForeign) {
		t.Errorf("nothing is redistributed: %v", err)
	}
	before := f.String()
	if _, err := r.Ensure(t.Context(), prefixes(p1)); err != nil {
		t.Fatal(err)
	}
	f.take()
	for _, tag := range []string{"1", "2", "1"} {
		if err := r.Touch(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got, want := f.take(), "route-map SRR permit 991\nset tag "+tag+"\nexit\nroute-map SRR permit 1000\nset tag "+tag+"\nexit"; got != want {
			t.Errorf("sent\n%s\nwant\n%s", got, want)
		}
	}
	if _, err := r.Ensure(t.Context(), prefixes(p1)); err != nil {
		t.Fatal(err)
	}
	if got := f.take(); got != "" {
		t.Errorf("what is announced already is configured again:\n%s", got)
	}
	if err := r.Undo(t.Context()); err != nil {
		t.Fatal(err)
	}
	if after := f.String(); after != before {
		t.Errorf("left:\n%s\nwas\n%s", after, before)
	}
}

func TestTouchOperators(t *testing.T) {
	f := fake(t, "redistribute connected")
	if err := New(f).Touch(t.Context()); !errors.Is(err, ErrForeign) || len(f.sent) > 0 {
		t.Errorf("%v, sent %q", err, f.sent)
	}
}

func TestOperatorsRedistributionStays(t *testing.T) {
	for _, c := range []struct {
		name, line string
		lists      []string
		entries    map[string][]string
		add        string // sequence number in the lines to add; empty: accepted
	}{
		{name: "everything", line: "redistribute connected"},
		{name: "everything, other type", line: "redistribute connected metric 20 metric-type 1"},
		{
			name: "a prefix-list that covers", line: "redistribute connected route-map OPS",
			lists: []string{"ip prefix-list V seq 5 permit 10.71.100.0/24 ge 32"}, entries: map[string][]string{"OPS permit 10": {"match ip address prefix-list V"}},
		},
		{
			name: "denied first", line: "redistribute connected route-map OPS", add: "1",
			lists: []string{"ip prefix-list V seq 5 deny 10.71.100.2/32", "ip prefix-list V seq 6 permit any"}, entries: map[string][]string{"OPS permit 10": {"match ip address prefix-list V"}},
		},
		{name: "no such map", line: "redistribute connected route-map OPS", add: "1"},
		{name: "other interface", line: "redistribute connected route-map OPS", entries: map[string][]string{"OPS permit 1": {"match interface eth0"}, "OPS permit 3": {"match interface eth1"}}, add: "2"},
		{name: "our interface", line: "redistribute connected route-map OPS", entries: map[string][]string{"OPS permit 1": {"match interface lo"}}},
		{name: "not understood", line: "redistribute connected route-map OPS", entries: map[string][]string{"OPS permit 10": {"match tag 7"}}, add: "1"},
		{name: "goes on", line: "redistribute connected route-map OPS", entries: map[string][]string{"OPS permit 10": {"match interface lo", "on-match next"}}, add: "1"},
		{name: "our name, other metric", line: "redistribute connected metric 50 route-map SRR", entries: map[string][]string{"SRR permit 10": {"match interface lo"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := fake(t, c.line)
			f.lists = c.lists
			if c.entries != nil {
				f.maps = c.entries
			}
			before := f.String()
			_, err := New(f).Ensure(t.Context(), prefixes(p1, p2))
			var conflict *Conflict
			switch {
			case c.add == "" && err != nil:
				t.Error(err)
			case c.add != "" && !errors.As(err, &conflict):
				t.Errorf("error %v, want a conflict", err)
			case c.add != "" && !slices.Contains(conflict.Add, "route-map OPS permit "+c.add):
				t.Errorf("%v", err)
			}
			if err := setMetric(t, New(f), netip.MustParsePrefix(p1), 999); !errors.Is(err, ErrForeign) {
				t.Errorf("metric: %v", err)
			}
			if err := New(f).Undo(t.Context()); err != nil || f.String() != before || f.take() != "" {
				t.Errorf("changed: %v\n%s", err, f)
			}
		})
	}
}

func TestOperatorUsesOurList(t *testing.T) {
	f := fake(t, "redistribute connected route-map OPS")
	f.maps["OPS permit 1"] = []string{"match ip address prefix-list SRR"}
	if _, err := New(f).Ensure(t.Context(), prefixes(p1)); err != nil {
		t.Fatal(err)
	}
	if got := f.take(); got != "ip prefix-list SRR seq 5 permit 10.71.100.1/32" {
		t.Errorf("sent\n%s", got)
	}
	if err := New(f).Undo(t.Context()); err != nil || f.take() != "" {
		t.Errorf("undo: %v", err)
	}
}

func TestEnsureRefuses(t *testing.T) {
	f := &fakeFRR{t: t}
	if _, err := New(f).Ensure(t.Context(), prefixes(p1)); !errors.Is(err, ErrNoRouter) || f.take() != "" {
		t.Errorf("without router ospf: %v", err)
	}
	f = fake(t)
	_, err := New(f).Ensure(t.Context(), prefixes("2001:db8::1/128", p1))
	if err == nil || !strings.Contains(err.Error(), "IPv4 only") || !strings.Contains(f.String(), p1) {
		t.Errorf("IPv6: %v\n%s", err, f)
	}
}

// The text is FRR 8.4.4's own: `show running-config` on the vty of ospfd.
func TestParseCapture(t *testing.T) {
	text, err := os.ReadFile("testdata/running-8.4.4.txt")
	if err != nil {
		t.Fatal(err)
	}
	is := parseRunning(string(text))
	if !is.router || !is.ours() || len(is.maps[name]) != BaseMetric-shortcut+1 || is.mapLines() != nil {
		t.Errorf("parsed: %+v", is)
	}
	p := netip.MustParsePrefix(p1)
	if is.listed(name, p) != permitted || !slices.Contains(is.levelPrefixes(999), p) || is.permits("VIP", p) != permitted {
		t.Errorf("lists: %+v", is.lists)
	}
}

func TestParseExternal(t *testing.T) {
	text, err := os.ReadFile("testdata/external-8.4.4.txt")
	if err != nil {
		t.Fatal(err)
	}
	got := parseExternal(string(text), netip.MustParsePrefix(p1))
	if len(got) != 1 || got[0x0a000001] != 999 {
		t.Errorf("got %v", got)
	}
	if got := parseExternal(string(text), netip.MustParsePrefix("10.71.100.1/24")); len(got) != 0 {
		t.Errorf("other mask: %v", got)
	}
	if got := parseExternal(strings.ReplaceAll(string(text), "LS age: ", "LS age: 3600\n"), netip.MustParsePrefix(p1)); len(got) != 0 {
		t.Errorf("flushed: %v", got)
	}
}

// Several prefixes are told at once: one read and one write, additions first.
func TestSetMetrics(t *testing.T) {
	f := fake(t)
	r := New(f)
	if _, err := r.Ensure(t.Context(), prefixes(p1, p2, p3)); err != nil {
		t.Fatal(err)
	}
	all := prefixes(p1, p2, p3, "10.71.100.9/32")
	for _, c := range []struct {
		metrics map[netip.Prefix]uint32
		lines   string
	}{
		{
			map[netip.Prefix]uint32{all[0]: 999, all[1]: 999, all[2]: 998},
			"ip prefix-list SRR-998 seq 5 permit 10.71.100.3/32\nip prefix-list SRR-999 seq 5 permit 10.71.100.1/32\nip prefix-list SRR-999 seq 10 permit 10.71.100.2/32\nroute-map SRR permit 991\nmatch ip address prefix-list SRR-991\nexit",
		},
		{
			map[netip.Prefix]uint32{all[1]: 998, all[2]: 999},
			"ip prefix-list SRR-998 seq 10 permit 10.71.100.2/32\nip prefix-list SRR-999 seq 15 permit 10.71.100.3/32\nno ip prefix-list SRR-998 seq 5\nno ip prefix-list SRR-999 seq 10",
		},
		{
			map[netip.Prefix]uint32{all[0]: 1000, all[1]: 1000, all[2]: 1000},
			"no ip prefix-list SRR-998 seq 10\nno ip prefix-list SRR-999 seq 5\nno ip prefix-list SRR-999 seq 15\nroute-map SRR permit 991\nmatch ip address prefix-list SRR\nexit",
		},
	} {
		f.take()
		typed, err := r.SetMetrics(t.Context(), c.metrics)
		if err != nil {
			t.Fatal(err)
		}
		if got := f.take(); got != c.lines || strings.Join(typed, "\n") != got {
			t.Errorf("%v:\n%s\ntyped %q", c.metrics, got, typed)
		}
		if typed, err := r.SetMetrics(t.Context(), c.metrics); err != nil || len(typed) > 0 {
			t.Errorf("%v once more: typed %q, %v", c.metrics, typed, err)
		}
	}
	if _, err := r.SetMetrics(t.Context(), map[netip.Prefix]uint32{all[3]: 999, all[0]: 999}); err == nil || !strings.Contains(f.take(), "SRR-999 seq 5 permit 10.71.100.1/32") {
		t.Errorf("a stranger among them: %v\n%s", err, f)
	}
}

// slow lets another one do something between what is read and what is written by it.
type slow struct {
	*fakeFRR
	meanwhile func() // once
}

func (s *slow) Show(ctx context.Context, daemon, command string) ([]byte, error) {
	b, err := s.fakeFRR.Show(ctx, daemon, command)
	if do := s.meanwhile; do != nil {
		s.meanwhile = nil
		do()
	}
	return b, err
}

// ospfd lets two configure at once, and replaces what has the same number without a word.
func TestOneAfterTheOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := fake(t)
		if _, err := New(f).Ensure(t.Context(), prefixes(p1, p3)); err != nil {
			t.Fatal(err)
		}
		second := make(chan error, 1)
		s := &slow{fakeFRR: f}
		r := New(s)
		s.meanwhile = func() {
			go func() { second <- setMetric(t, r, netip.MustParsePrefix(p3), 999) }()
			synctest.Wait()
		}
		if err := errors.Join(setMetric(t, r, netip.MustParsePrefix(p1), 999), <-second); err != nil {
			t.Fatal(err)
		}
		is := parseRunning(f.String())
		if got := is.levelPrefixes(999); !slices.Equal(got, prefixes(p1, p3)) {
			t.Errorf("announced with 999: %v, and both were said to be", got)
		}
	})
}

func TestNobodyWaitsForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &slow{fakeFRR: fake(t)}
		r := New(s)
		s.meanwhile = func() {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			if err := r.Touch(ctx); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("while ospfd answers somebody else: %v", err)
			}
		}
		if _, err := r.Ensure(t.Context(), prefixes(p1)); err != nil {
			t.Error(err)
		}
	})
}

// What is under way when a daemon ends must not write after Undo.
func TestUndoIsTheLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := fake(t)
		before := f.String()
		undone := make(chan error, 1)
		s := &slow{fakeFRR: f}
		r := New(s)
		s.meanwhile = func() {
			go func() { undone <- r.Undo(t.Context()) }()
			synctest.Wait()
		}
		if _, err := r.Ensure(t.Context(), prefixes(p1)); !errors.Is(err, ErrUndone) {
			t.Errorf("ensured: %v", err)
		}
		if err := <-undone; err != nil || f.String() != before {
			t.Errorf("undone: %v\n%s", err, f)
		}
		if _, err := New(f).Ensure(t.Context(), prefixes(p1)); err != nil {
			t.Fatal(err)
		}
		f.take()
		_, ensured := r.Ensure(t.Context(), prefixes(p1, p2))
		for what, err := range map[string]error{
			"ensured": ensured, "touched": r.Touch(t.Context()), "metric": setMetric(t, r, netip.MustParsePrefix(p1), 999),
		} {
			if !errors.Is(err, ErrUndone) || f.take() != "" {
				t.Errorf("%s after Undo: %v\n%s", what, err, f)
			}
		}
	})
}

// TestTakenAway: whatever somebody takes away of it is made again, and said.
func TestTakenAway(t *testing.T) {
	for what, take := range map[string]func(f *fakeFRR){
		"frr-reload": func(f *fakeFRR) {
			f.router, f.lists, f.maps = f.router[:1], nil, map[string][]string{}
		},
		"redistribution": func(f *fakeFRR) { f.router = f.router[:1] },
		"prefix-list":    func(f *fakeFRR) { f.lists = nil },
		"one rule":       func(f *fakeFRR) { f.lists = f.lists[1:] },
		"an entry":       func(f *fakeFRR) { delete(f.maps, "SRR permit 1000") },
		"a match":        func(f *fakeFRR) { f.maps["SRR permit 995"] = []string{"set metric 995"} },
		"route-map":      func(f *fakeFRR) { f.maps = map[string][]string{} },
	} {
		t.Run(what, func(t *testing.T) {
			f := fake(t)
			r := New(f)
			if typed, err := r.Ensure(t.Context(), prefixes(p1, p3)); err != nil || strings.Join(typed, "\n") != f.take() {
				t.Fatalf("first: %v, said to be typed: %q", err, typed)
			}
			was := parseRunning(f.String())
			take(f)
			typed, err := r.Ensure(t.Context(), prefixes(p1, p3))
			if got := f.take(); err != nil || got == "" || strings.Join(typed, "\n") != got {
				t.Errorf("%v, typed\n%s\nsaid to be typed: %q", err, got, typed)
			}
			is := parseRunning(f.String())
			if !is.ours() || is.mapLines() != nil || !is.announces() || is.listed(name, netip.MustParsePrefix(p1)) != permitted || is.listed(name, netip.MustParsePrefix(p3)) != permitted {
				t.Errorf("was %+v\nis %+v", was, is)
			}
			if typed, err := r.Ensure(t.Context(), prefixes(p1, p3)); err != nil || typed != nil || f.take() != "" {
				t.Errorf("once more: %v, %q", err, typed)
			}
		})
	}
}

// A route-map that is made anew under a redistribution would for a moment announce every
// connected route.
func TestNoRouteMapIsMadeInUse(t *testing.T) {
	f := fake(t)
	r := New(f)
	if _, err := r.Ensure(t.Context(), prefixes(p1)); err != nil {
		t.Fatal(err)
	}
	f.maps = map[string][]string{}
	f.take()
	if _, err := r.Ensure(t.Context(), prefixes(p1)); err != nil {
		t.Fatal(err)
	}
	if got := f.take(); !strings.HasPrefix(got, "router ospf\nno redistribute connected\nexit\nroute-map SRR permit 992\n") ||
		!strings.HasSuffix(got, "router ospf\nredistribute connected metric 1000 metric-type 2 route-map SRR\nexit") {
		t.Errorf("sent\n%s", got)
	}
}

// What cannot be read is not known to be wrong.
func TestUnread(t *testing.T) {
	if _, err := New(deaf{}).Ensure(t.Context(), prefixes(p1)); !errors.Is(err, ErrUnread) || !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

// deaf is an ospfd that does not run.
type deaf struct{ VTY }

func (deaf) Show(context.Context, string, string) ([]byte, error) { return nil, os.ErrNotExist }
