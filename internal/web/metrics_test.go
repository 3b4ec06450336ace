package web

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"

	"srr/internal/api"
	"srr/internal/api/apitest"
)

var sampleLine = regexp.MustCompile(`^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-z_]+="(?:[^"\\\n]|\\[\\"n])*",?)*)\})? (\S+)$`)

// readMetrics checks the text format and returns the samples by name and labels.
func readMetrics(t *testing.T, text string) map[string]float64 {
	t.Helper()
	out := map[string]float64{}
	family, kind, helped := "", "", map[string]bool{}
	for _, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		if rest, ok := strings.CutPrefix(line, "# HELP "); ok {
			name, help, _ := strings.Cut(rest, " ")
			if helped[name] || !strings.HasSuffix(help, ".") && !strings.HasSuffix(help, "unknown.") {
				t.Errorf("%s is begun twice, or its help is no sentence: %q", name, help)
			}
			helped[name] = true
			continue
		}
		if rest, ok := strings.CutPrefix(line, "# TYPE "); ok {
			family, kind, _ = strings.Cut(rest, " ")
			continue
		}
		m := sampleLine.FindStringSubmatch(line)
		if m == nil {
			t.Errorf("%q is no sample", line)
			continue
		}
		value, err := strconv.ParseFloat(m[3], 64)
		if m[1] != family || err != nil || !helped[family] {
			t.Errorf("%q stands below %s", line, family)
		}
		if (kind == "counter") != strings.HasSuffix(family, "_total") {
			t.Errorf("%s is a %s", family, kind)
		}
		key := m[1] + "{" + m[2] + "}"
		if _, twice := out[key]; twice {
			t.Errorf("%s is there twice", key)
		}
		out[key] = value
	}
	return out
}

func TestMetrics(t *testing.T) {
	s := newSite(t)
	snap := apitest.Shop()
	snap.Services[0].Group = "evil\"\\\n}"
	s.fake.SetSnapshot(snap)
	s.server.chronicle.add(api.Event{Service: "dns", From: "active/stopped", To: "active/starting"})
	got := readMetrics(t, s.get(s.as("viewer"), "/metrics").body)
	for key, want := range map[string]float64{
		`srr_service_running{service="dns",group=""}`:                  1,
		`srr_service_running{service="mail",group=""}`:                 0,
		`srr_service_running{service="disk",group="evil\"\\\n}"}`:      1,
		`srr_unit_eligible{unit="group/shop"}`:                         2,
		`srr_unit_stopped{unit="ftp"}`:                                 1,
		`srr_node_up{router_id="10.0.0.3",peer="n3"}`:                  0,
		`srr_node_flag{router_id="10.0.0.2",peer="n2",flag="drained"}`: 1,
		`srr_instance_state{service="dns",state="active/failed"}`:      1,
		`srr_instance_failures{service="dns"}`:                         2,
		`srr_address_announced{service="web",address="192.0.2.80"}`:    1,
		`srr_instance_health{service="web"}`:                           1,
		`srr_problems{severity="critical"}`:                            1,
		`srr_alarms{code="digest"}`:                                    1,
		`srr_transitions_total{service="dns",state="active/starting"}`: 1,
		`srr_medium_up{kind="ospf (frr)"}`:                             1,
	} {
		if v, ok := got[key]; !ok || v != want {
			t.Errorf("%s is %v, want %v", key, v, want)
		}
	}
	for key := range got {
		if strings.HasPrefix(key, `srr_instance_state{service="mail"`) {
			t.Errorf("%s is an instance of another node", key)
		}
	}
}

// TestChronicleFollowsTheTimeLine: it counts what happens from now on, and not what
// happened before, and keeps both.
func TestChronicleFollowsTheTimeLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, c := apitest.NewFake(), newChronicle()
		go c.follow(t.Context(), f)
		synctest.Wait()
		for _, e := range []api.Event{
			{Service: "dns", From: "active/stopped", To: "active/starting"},
			{Service: "dns", From: "active/stopped", To: "active/starting"},
			{Service: "dns", From: "active/started", To: "active/started", Reason: "restart in place"},
			{Reason: "command", Detail: "anna: move shop n2"},
		} {
			f.Append(e)
		}
		synctest.Wait()
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.transitions[transition{"dns", "active/starting"}] != 2 || len(c.transitions) != 1 || c.commands != 1 || c.events != 4 || len(c.kept) != 9 {
			t.Errorf("%+v", c)
		}
	})
}

// TestChronicleForgets: its memory is bounded, and the newest is kept.
func TestChronicleForgets(t *testing.T) {
	c := newChronicle()
	close(c.ready)
	for i := range 5 * maxKept {
		c.keep(api.Event{Sequence: uint64(i)})
	}
	got, err := c.newest(t.Context(), maxKept, func(*api.Event) bool { return true })
	if err != nil || len(got) != maxKept || got[0].Sequence != 5*maxKept-1 || cap(c.kept) > 4*maxKept {
		t.Errorf("%d events, the first is %d, %d in memory: %v", len(got), got[0].Sequence, cap(c.kept), err)
	}
}

// TestRefusalsDoNotFillTheLog.
func TestRefusalsDoNotFillTheLog(t *testing.T) {
	var r refusals
	now, told := apitest.Now, 0
	for range 1000 {
		if yes, _ := r.tell(now); yes {
			told++
		}
	}
	yes, untold := r.tell(now.Add(refusalWindow))
	if told != maxRefusals || !yes || untold != 1000-maxRefusals {
		t.Errorf("%d told, then %v with %d untold", told, yes, untold)
	}
}
