package node_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"srr/internal/service"
)

// TestRandomMixtures throws more at clusters than TestRandomSchedules, most of it in
// unusual configurations: checks that run and fail, starts one at a time, groups with and
// without critical members, digests that differ and are reloaded, moves that end. The conditions are the same, and in the end no alarm may be left.
func TestRandomMixtures(t *testing.T) { everySeed(t, mixture) }

// mixed is a random schedule of unusual configurations.
type mixed struct {
	*chaos
	words map[string][]string // of each service, as in a script
}

func newMixed(seed int64, stream uint64) *mixed {
	return &mixed{
		chaos: &chaos{world: newWorld(&strings.Builder{}), r: rand.New(rand.NewPCG(uint64(seed), stream)), units: map[string][]string{}},
		words: map[string][]string{},
	}
}

// suffer boots the cluster and throws so many faults at it, and up to 29 more.
func (m *mixed) suffer(least int) {
	m.build()
	m.command("boot")
	m.run(10 * time.Second)
	for range least + m.r.IntN(30) {
		m.run(time.Duration(m.r.IntN(pick(m.r, []int{30, 4000, 30000}))) * time.Millisecond)
		line := m.fault()
		fmt.Fprintf(m.out, "%s > %s\n", m.clock(), line)
		for l := range strings.SplitSeq(line, "\n") {
			if l != "" {
				m.command(l)
			}
		}
	}
}

func mixture(seed int64) (why, out string) {
	m := newMixed(seed, 99)
	m.suffer(10)
	m.run(time.Duration(m.r.IntN(20)) * time.Second)
	for _, n := range m.names {
		clear(m.hosts[n].health)
		if m.hosts[n].core != nil {
			m.command("ready " + n)
		}
	}
	m.mend()
	m.run(4 * time.Minute)
	if len(m.bad) > 0 {
		return m.bad[0], m.out.String()
	}
	if why := m.unsettled(); why != "" {
		return why, m.out.String()
	}
	for _, n := range m.names {
		for _, a := range m.hosts[n].core.Alarms() {
			if !strings.HasPrefix(a.Key, "differs") {
				return fmt.Sprintf("left on %s: %v", n, a), m.out.String()
			}
		}
	}
	return "", m.out.String()
}

func (m *mixed) build() {
	m.checked, m.parallel = true, 1+m.r.IntN(3)
	for i := range 2 + m.r.IntN(3) {
		m.addHost(fmt.Sprintf("n%d", i+1))
	}
	m.unit("web", m.service("web", m.pref()))
	if m.chance(2) {
		m.unit("disk", m.service("disk", m.pref(), "resource"))
	}
	p := m.pref()
	switch m.r.IntN(4) {
	case 0:
		m.unit("shop", m.service("data", p, "group=shop", "resource", "critical"),
			m.service("db", p, "group=shop", "deps=data", "critical", "verified"), m.service("stat", p, "group=shop", "deps=db"))
	case 1:
		m.unit("shop", m.service("data", p, "group=shop", "critical"), m.service("stat", p, "group=shop"))
	case 2:
		m.unit("shop", m.service("data", p, "group=shop"), m.service("stat", p, "group=shop", "deps=data"))
	}
}

func (m *mixed) chance(n int) bool { return m.r.IntN(n) == 0 }

func (m *mixed) unit(name string, members ...string) { m.units[name] = members }

func (m *mixed) pref() string {
	var ps []string
	for _, h := range m.names {
		ps = append(ps, fmt.Sprintf("%s:%d", h, 100*(1+m.r.IntN(2))))
	}
	return "pref=" + strings.Join(ps, ",")
}

// service configures one on all hosts, and returns its name.
func (m *mixed) service(name string, words ...string) string {
	resource := false
	for _, w := range words {
		resource = resource || w == "resource"
	}
	maybe := func(n int, word string) {
		if m.chance(n) {
			words = append(words, word)
		}
	}
	if m.chance(2) {
		words = append(words, "check")
		maybe(2, "unknown=20s")
	}
	maybe(3, fmt.Sprintf("restarts=%d", m.r.IntN(3)))
	maybe(4, "no-restart")
	maybe(4, "joins")
	if !resource {
		maybe(4, "keep=10s")
		maybe(4, "verified")
	}
	m.words[name] = words
	for _, h := range m.names {
		m.configure(h, name, m.chance(5))
	}
	return name
}

// configure returns the line of a script, and does what it says.
func (m *mixed) configure(host, name string, differently bool) string {
	words := append([]string{"on=" + host}, m.words[name]...)
	if differently {
		words = append(words, "digest=X")
	}
	line := "service " + name + " " + strings.Join(words, " ")
	fmt.Fprintln(m.out, line)
	m.command(line)
	return line
}

func (m *mixed) fault() string {
	h := m.hosts[pick(m.r, m.names)]
	unit := pick(m.r, sortedUnits(m.units))
	member := pick(m.r, m.units[unit])
	if !h.on || h.core == nil || m.chance(2) {
		return m.chaos.fault()
	}
	switch m.r.IntN(11) {
	case 0, 1, 2:
		return fmt.Sprintf("check %s %s %s", h.name, member, pick(m.r, []string{"up", "down", "down", "unknown"}))
	case 3:
		return fmt.Sprintf("do %s deactivate %s", h.name, member)
	case 4:
		return fmt.Sprintf("behave %s %s %s %s", h.name, member, pick(m.r, []string{"activate", "deactivate", "restart", "stop", "join"}),
			pick(m.r, []string{"fail", "hang", "recall", "recalls", "slow", "ok"}))
	case 5:
		m.configure(h.name, member, m.chance(2))
		return "reload " + h.name
	case 6:
		return fmt.Sprintf("do %s move %s %s for=%ds", h.name, unit, pick(m.r, m.names), 1+m.r.IntN(60))
	case 7:
		return fmt.Sprintf("do %s restart %s", h.name, member)
	case 8:
		if stateOf(h, member) == service.Started && h.procs[member] {
			return fmt.Sprintf("die %s %s", h.name, member)
		}
	case 9:
		return fmt.Sprintf("do %s maintenance %s", h.name, pick(m.r, []string{"on", "off"}))
	case 10:
		return pick(m.r, []string{"part " + h.name, "ready " + h.name, "ready " + h.name + " no", "ready " + h.name + " asking"})
	}
	return ""
}
