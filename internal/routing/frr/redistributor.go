// Package frr makes FRR's ospfd announce service addresses: it redistributes
// connected routes, filtered to exactly these addresses by a route-map and
// prefix-lists named SRR. Only the running configuration changes, and what an
// operator configured stays (docs/decisions/0003-announce-through-redistribute.md).
package frr

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"srr/internal/frr/vty"
)

// Metrics of the announcements, AS-external type 2. A level below the base is
// a route-map entry of its own; entries exist before they are needed, because
// one that is added to a route-map in use permits everything until its match
// line is there.
const (
	BaseMetric   = 1000
	LowestMetric = 992
)

// SettleTime after Ensure, before the first SetMetric.
const SettleTime = 2 * time.Second

// name of our route-map and of its prefix-list; the levels' lists are SRR-999 and so on.
const name = "SRR"

// Faults that a caller may branch on.
var (
	ErrNoRouter = errors.New("ospfd has no `router ospf`")
	// ErrForeign: the operator's redistribution announces, so its metric is the operator's.
	ErrForeign = errors.New("redistribution is configured by the operator")
	// ErrUndone: Undo was called, and after it nothing is done any more.
	ErrUndone = errors.New("redistribution was undone")
	// ErrUnread: it is not known what ospfd announces.
	ErrUnread = errors.New("the configuration of ospfd was not read")
)

// Conflict is an operator's redistribution that would not announce our addresses.
type Conflict struct {
	Line     string         // the operator's line
	Prefixes []netip.Prefix // what it does not announce, or not for certain
	Add      []string       // vtysh lines that make it announce
}

// Error says what to type.
func (e *Conflict) Error() string {
	return fmt.Sprintf("announce %v: the operator's %q does not permit it; add in vtysh:\n%s",
		e.Prefixes, e.Line, strings.Join(e.Add, "\n"))
}

// VTY is how ospfd is spoken to; see vty.Client.
type VTY interface {
	Show(ctx context.Context, daemon, command string) ([]byte, error)
	Configure(ctx context.Context, daemon string, lines ...string) error
}

// Redistributor configures one ospfd. It keeps no state of it: it reads the running
// configuration every time, so it may be used after a restart of either side. Safe
// for concurrent use.
type Redistributor struct {
	vty VTY
	// turn, of capacity 1, is held from reading to writing: ospfd lets several sessions
	// configure at once (8.4.4, measured), and who writes by what another one has changed
	// meanwhile overwrites that. A mutex would be waited for beyond the context.
	turn   chan struct{}
	undone atomic.Bool // also of who has read, and not written yet
}

// New returns a Redistributor. It changes nothing.
func New(v VTY) *Redistributor { return &Redistributor{vty: v, turn: make(chan struct{}, 1)} }

// take waits for the turn; give it back by leave.
func (r *Redistributor) take(ctx context.Context) error {
	select {
	case r.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for ospfd's configuration: %w", ctx.Err())
	}
}

func (r *Redistributor) leave() { <-r.turn }

// write configures, but for what Undo would not find any more.
func (r *Redistributor) write(ctx context.Context, lines []string) error {
	if r.undone.Load() {
		return ErrUndone
	}
	return r.vty.Configure(ctx, vty.OSPFd, lines...)
}

func (r *Redistributor) read(ctx context.Context) (running, error) {
	text, err := r.vty.Show(ctx, vty.OSPFd, "show running-config")
	if err != nil {
		return running{}, fmt.Errorf("%w: %w", ErrUnread, err)
	}
	return parseRunning(string(text)), nil
}

// Ensure makes ospfd announce the prefixes as soon as their addresses are on
// lo, and nothing else. Call it with every service prefix of this node at the
// start, after each restart of ospfd, and when the configuration changes, before
// an address appears: for an address that is there already, ospfd applies a
// changed list only after its `timers throttle lsa all` (default 5 s). Call it now and
// then, too: frr-reload, or an operator, takes away what is in no file. It returns what
// had to be typed; nothing, if all was there.
// IPv6 prefixes are an error; the others are configured all the same.
func (r *Redistributor) Ensure(ctx context.Context, prefixes []netip.Prefix) (typed []string, err error) {
	var v4 []netip.Prefix
	var errs []error
	for _, p := range prefixes {
		if !p.IsValid() || !p.Addr().Is4() {
			errs = append(errs, fmt.Errorf("announce %s: ospfd carries IPv4 only", p))
			continue
		}
		v4 = append(v4, p.Masked())
	}
	typed, err = r.ensure(ctx, v4)
	return typed, errors.Join(append(errs, err)...)
}

func (r *Redistributor) ensure(ctx context.Context, prefixes []netip.Prefix) (typed []string, err error) {
	if err := r.take(ctx); err != nil {
		return nil, err
	}
	defer r.leave()
	is, err := r.read(ctx)
	switch {
	case err != nil:
		return nil, err
	case !is.router:
		return nil, ErrNoRouter
	case is.redistribute != "" && !is.ours():
		return r.ensureForeign(ctx, is, prefixes)
	}
	var lines []string
	if is.ours() && !is.announces() {
		// The route-map was taken away from under it. Nothing is announced, and an entry
		// that is made while the map is in use permits everything for a moment.
		lines, is.redistribute = []string{"router ospf", "no redistribute connected", "exit"}, ""
	}
	lines = append(lines, is.listLines(name, cover(prefixes))...)
	levels := 0
	for m := LowestMetric; m < BaseMetric; m++ {
		keep := slices.DeleteFunc(is.levelPrefixes(m), func(p netip.Prefix) bool { return !slices.Contains(prefixes, p) })
		_, gone := is.levelLines(m, keep)
		lines = append(lines, gone...)
		levels += len(keep)
	}
	lines = append(append(lines, is.mapLines()...), is.shortcutLines(levels == 0)...)
	if is.redistribute == "" {
		lines = append(lines, "router ospf", fmt.Sprintf("redistribute connected metric %d metric-type 2 route-map %s", BaseMetric, name), "exit")
	}
	return lines, r.write(ctx, lines)
}

// ensureForeign accepts an operator's redistribution that announces. If its
// route-map uses our prefix-list, the list is kept for it.
func (r *Redistributor) ensureForeign(ctx context.Context, is running, prefixes []netip.Prefix) (typed []string, err error) {
	routeMap := parseRedistribution(is.redistribute).routeMap
	if routeMap == "" {
		return nil, nil // it announces every connected route
	}
	if is.refers(routeMap, name) {
		typed = is.listLines(name, cover(prefixes))
		if err := r.write(ctx, typed); err != nil {
			return typed, err
		}
		if is, err = r.read(ctx); err != nil {
			return typed, err
		}
	}
	conflict := &Conflict{Line: is.redistribute}
	for _, p := range prefixes {
		if is.permits(routeMap, p) != permitted {
			conflict.Prefixes = append(conflict.Prefixes, p)
		}
	}
	if conflict.Prefixes == nil {
		return typed, nil
	}
	conflict.Add = []string{
		"configure terminal",
		fmt.Sprintf("route-map %s permit %d", routeMap, is.freeSeq(routeMap)),
		" match ip address prefix-list " + name,
		fmt.Sprintf(" set metric %d", BaseMetric),
		" set metric-type type-2",
		"end",
	}
	return typed, conflict
}

// SetMetrics announces prefixes of Ensure with other metrics, from LowestMetric to
// BaseMetric. ospfd originates their LSAs anew, and no others, once its `timers throttle
// lsa all` has passed (default 5 s). A prefix that cannot have its metric is an error; the
// others get theirs all the same.
//
// Wait SettleTime after an Ensure that had to add the redistribution: ospfd
// 8.4.4 evaluates the route-map once more about a second later, takes the new
// metric for known, and never originates it (measured). Announced tells.
func (r *Redistributor) SetMetrics(ctx context.Context, metrics map[netip.Prefix]uint32) (typed []string, err error) {
	if err := r.take(ctx); err != nil {
		return nil, err
	}
	defer r.leave()
	is, err := r.read(ctx)
	switch {
	case err != nil:
		return nil, err
	case !is.ours():
		return nil, fmt.Errorf("announce with another metric: %w", ErrForeign)
	}
	var errs []error
	want := map[netip.Prefix]uint32{}
	for prefix, metric := range metrics {
		switch {
		case metric < LowestMetric || metric > BaseMetric:
			errs = append(errs, fmt.Errorf("announce %s with metric %d: want %d to %d", prefix, metric, LowestMetric, BaseMetric))
		case is.listed(name, prefix) != permitted:
			errs = append(errs, fmt.Errorf("announce %s with metric %d: not a prefix that was ensured", prefix, metric))
		default:
			want[prefix] = metric
		}
	}
	typed = is.metricLines(want)
	return typed, errors.Join(append(errs, r.write(ctx, typed))...)
}

// Undo takes back what is still ours. What the operator's own configuration
// uses, or has changed, stays. Whatever is called after it, or has not written yet,
// changes nothing any more.
func (r *Redistributor) Undo(ctx context.Context) error {
	r.undone.Store(true)
	if err := r.take(ctx); err != nil {
		return err
	}
	defer r.leave()
	is, err := r.read(ctx)
	if err != nil {
		return err
	}
	var lines []string
	if is.ours() {
		lines = append(lines, "router ospf", "no redistribute connected", "exit")
	} else if parseRedistribution(is.redistribute).routeMap == name {
		return nil // the operator's line on our route-map: both are theirs now
	}
	for _, e := range is.maps[name] {
		if e.expected() {
			lines = append(lines, fmt.Sprintf("no route-map %s permit %d", name, e.seq))
		}
	}
	for _, list := range ownLists() {
		if len(is.lists[list]) > 0 && !is.usedElsewhere(list) {
			lines = append(lines, "no ip prefix-list "+list)
		}
	}
	return r.vty.Configure(ctx, vty.OSPFd, lines...)
}
