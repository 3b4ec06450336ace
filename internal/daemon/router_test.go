package daemon

import (
	"bufio"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"srr/internal/config"
	"srr/internal/discovery"
	"srr/internal/frr/vty"
	"srr/internal/journal"
	"srr/internal/node"
	"srr/internal/routing"
	"srr/internal/routing/address"
	"srr/internal/routing/frr"
	"srr/internal/service"
)

// vtyServer plays ospfd: it answers from the captures of doctor, and keeps what is configured.
type vtyServer struct {
	listener net.Listener
	mu       sync.Mutex
	running  string
	external string // what the database of AS-external LSAs is said to be
	context  bool
}

func (s *vtyServer) set(running string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running = running
}

func (s *vtyServer) get() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.running
}

func (s *vtyServer) has(line string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Contains(s.running, line)
}

func (s *vtyServer) run(command string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	inner := " "
	switch {
	case command == "show running-config":
		return s.running
	case strings.HasPrefix(command, "show ip ospf database external "):
		return s.external
	case strings.HasPrefix(command, "show "):
		b, err := os.ReadFile("../frr/doctor/testdata/tuned/ospfd-" + strings.ReplaceAll(command, " ", "-") + ".txt")
		if err != nil {
			return err.Error()
		}
		return string(b)
	case command == "enable", command == "configure terminal", command == "end":
		return ""
	case strings.HasPrefix(command, "route-map "): // what is typed replaces what it has
		entry := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(command) + `\n( .*\n)*`)
		s.running = entry.ReplaceAllString(s.running, "")
		s.context, inner = true, ""
	case command == "router ospf":
		s.context, inner = true, ""
	case command == "exit":
		s.context = false
		return ""
	case !s.context:
		inner = ""
	}
	s.running += inner + command + "\n"
	return ""
}

func (s *vtyServer) serve(c net.Conn) {
	defer c.Close()
	r := bufio.NewReader(c)
	for {
		command, err := r.ReadString(0)
		if err != nil {
			return
		}
		if _, err := c.Write([]byte(s.run(strings.TrimSuffix(command, "\x00")) + "\x00\x00\x00\x00")); err != nil {
			return
		}
	}
}

// withRouter is a daemon with one service and such an ospfd.
func withRouter(t *testing.T) (*Daemon, *vtyServer) {
	dir := t.TempDir()
	l, err := net.Listen("unix", filepath.Join(dir, "ospfd.vty"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	s := &vtyServer{listener: l, running: "router ospf\n"}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go s.serve(c)
		}
	}()
	d := &Daemon{
		log: slog.New(slog.NewTextHandler(t.Output(), nil)), requests: make(chan func()), ended: make(chan struct{}),
		vty: vty.New(vty.Options{RunDir: dir}), hold: address.HoldFor(0),
	}
	d.redist = frr.New(d.vty)
	d.use(withAddresses("10.71.100.1"))
	d.core = node.New(d.now(), d.options())
	if d.events, err = journal.OpenLog(t.TempDir(), journal.LogOptions{Log: d.log}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.events.Close(t.Context()) })
	return d, s
}

func withAddresses(all ...string) *config.Config {
	c := &config.Config{Cluster: "c", Name: "n1", RouterID: 1}
	for _, a := range all {
		c.Services = append(c.Services, config.Service{Spec: service.Spec{Name: "s" + a, Addresses: []netip.Addr{netip.MustParseAddr(a)}}})
	}
	return c
}

func (d *Daemon) routingAlarm() string {
	for _, a := range d.core.Alarms() {
		if a.Key == "routing" {
			return a.Text
		}
	}
	return ""
}

func TestRedistributionTakenAway(t *testing.T) {
	d, s := withRouter(t)
	look := func() {
		t.Helper()
		if d.lookAtRouter(); !d.asking.busy {
			t.Fatal("ospfd is not looked at")
		}
		(<-d.requests)()
	}
	const line = "redistribute connected metric 1000 metric-type 2 route-map SRR"
	told := &announcement{set: frr.LowestMetric, sure: true}
	d.metrics.byAddr = map[netip.Addr]*announcement{netip.MustParseAddr("10.71.100.1"): told}

	d.lookAtRouter()
	if d.asking.busy {
		t.Fatal("ospfd is told before the medium is up")
	}
	d.ensureRedistribution()
	(<-d.requests)()
	told.sure = true
	from := d.metrics.from
	look()
	if !s.has(line) || len(d.redistributionAlarms(time.Now())) > 0 || !told.had || d.metrics.from != from {
		t.Fatalf("nothing was taken away: %v, %+v", d.redistributionAlarms(time.Now()), d.metrics)
	}

	s.set("router ospf\n")
	look()
	alarms := d.redistributionAlarms(time.Now())
	if !s.has(line) || len(alarms) != 1 || told.sure || d.metrics.from == from {
		t.Errorf("taken away: %v, %+v", alarms, d.metrics)
	}
	if e, err := lastEvent(t, d); err != nil || e.Detail != alarms[0].Text {
		t.Errorf("journal: %+v, %v", e, err)
	}
	if late := time.Now().Add(mendedFor + time.Second); len(d.redistributionAlarms(late)) > 0 {
		t.Error("the alarm does not end")
	}
	if page, err := os.ReadFile("../../docs/operating.md"); err != nil || !strings.Contains(string(page), "| `"+alarms[0].Code) {
		t.Errorf("docs/operating.md does not know %q: %v", alarms[0].Code, err)
	}

	s.set("router ospf\n redistribute connected route-map OPS\n")
	look()
	if d.asking.done || !strings.Contains(d.routingAlarm(), "route-map OPS") {
		t.Errorf("the operator's own: alarm %q", d.routingAlarm())
	}
	d.asking.retry.Stop()
	s.set("router ospf\n")
	d.ensureRedistribution()
	(<-d.requests)()
	if d.routingAlarm() != "" || !d.asking.done {
		t.Errorf("mended: alarm %q", d.routingAlarm())
	}

	s.listener.Close() // no answer: who is asked only to see whether all is well starts no alarm
	look()
	if d.routingAlarm() != "" || !d.asking.done {
		t.Errorf("no answer: alarm %q", d.routingAlarm())
	}
}

// TestOneMetricTakenAway: the lists of metrics are no part of what Ensure knows to be wanted.
func TestOneMetricTakenAway(t *testing.T) {
	d, s := withRouter(t)
	d.use(withAddresses("10.71.100.1", "10.71.100.2"))
	d.lsdb = newBrowser(d.cfg, nil, nil, d.log)
	d.applied.routes, d.metrics.byAddr = map[netip.Addr]routing.Want{}, map[netip.Addr]*announcement{}
	d.ensureRedistribution()
	(<-d.requests)()
	d.metrics.from = 0
	for k, metric := range []uint32{998, 999} {
		a := d.cfg.Services[k].Addresses[0]
		d.applied.routes[a] = routing.Want{Announce: true}
		an := &announcement{}
		an.claim.Step(bootTime(), true, []uint32{metric + 1})
		d.metrics.byAddr[a] = an
	}
	beat := func() {
		d.adjustMetrics()
		(<-d.requests)()
	}
	beat()
	all := s.get()
	look := func() {
		d.lookAtRouter()
		(<-d.requests)()
		beat()
	}
	look()
	if s.get() != all || len(d.redistributionAlarms(time.Now())) > 0 {
		t.Fatalf("nothing was taken away: %v\n%s", d.redistributionAlarms(time.Now()), s.get())
	}
	const list = "ip prefix-list SRR-998 seq 5 permit 10.71.100.1/32\n"
	s.set(strings.Replace(all, list, "", 1))
	if s.has(list) {
		t.Fatal(all)
	}
	look()
	if alarms := d.redistributionAlarms(time.Now()); !s.has(list) || len(alarms) != 1 {
		t.Errorf("taken away: %v\n%s", alarms, s.get())
	}
}

func lastEvent(t *testing.T, d *Daemon) (last journal.Event, err error) {
	for e, err := range d.events.Events(t.Context(), journal.Query{}) {
		if err != nil {
			return e, err
		}
		last = e
	}
	return last, nil
}

// Until ospfd has been told of a new address, nothing starts; the answer to an older
// question does not count.
func TestReloadAsksFirst(t *testing.T) {
	d, s := withRouter(t)
	d.core.Step(d.now(), node.Medium{Event: discovery.Up{}})
	pending := func(want bool) {
		t.Helper()
		d.core.Step(d.now(), node.Tick{})
		if why := d.core.Self().GateWhy; strings.Contains(why, "is being told") != want {
			t.Errorf("the gate: %s", why)
		}
	}
	d.ensureRedistribution()
	(<-d.requests)()
	pending(false)
	had := prefixesOf(d.cfg)
	d.reconfigure(had)
	pending(false)
	next := withAddresses("10.71.100.1", "10.71.100.7")
	d.use(next)
	d.reconfigure(had) // while the first is under way
	pending(true)
	(<-d.requests)()
	pending(true)
	(<-d.requests)()
	pending(false)
	if !s.has("10.71.100.7/32") {
		t.Error("ospfd was not told of the new address")
	}
}
