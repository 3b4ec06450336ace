package doctor

import (
	"strings"
	"testing"
	"time"
)

func TestDetection(t *testing.T) {
	const ms = time.Millisecond
	for name, c := range map[string]struct {
		dir  string
		edit []string
		want Detection
	}{
		"default": {"default", []string{`"nbrCount":0`, `"nbrCount":1`}, Detection{Hello: 10 * time.Second, Dead: 40 * time.Second, Retransmit: 5 * time.Second, LSInterval: 5 * time.Second, LSArrival: time.Second}},
		"tuned":   {"tuned", nil, Detection{Hello: 100 * ms, Dead: time.Second, Retransmit: time.Second, BFD: 150 * ms}},
		"a session is down": {
			"tuned",
			[]string{`"status":"up"`, `"status":"down"`},
			Detection{Hello: 100 * ms, Dead: time.Second, Retransmit: time.Second},
		},
	} {
		got, err := ReadDetection(t.Context(), captured{c.dir, strings.NewReplacer(c.edit...)})
		if err != nil || got != c.want {
			t.Errorf("%s: %+v, %v, want %+v", name, got, err, c.want)
		}
	}
	if _, err := ReadDetection(t.Context(), captured{"nowhere", nil}); err == nil {
		t.Error("timers of an ospfd that does not answer")
	}
	if _, err := ReadDetection(t.Context(), captured{"default", nil}); err == nil {
		t.Error("timers without a neighbor")
	}
}

// TestSlowest: one interface without BFD, and its hellos decide.
func TestSlowest(t *testing.T) {
	i := map[string]Interface{
		"eth0": {HelloMS: 1000, DeadSecs: 4, Neighbors: 1}, "eth1": {HelloMS: 10000, DeadSecs: 40, Neighbors: 1},
		"lo": {HelloMS: 99999, DeadSecs: 999, Passive: true}, "eth2": {HelloMS: 99999, DeadSecs: 999},
	}
	up := Session{Interface: "eth0", Status: "up", RemoteMult: 3, ReceiveMS: 50}
	if d := slowest(i, []Session{up}); d.BFD != 0 || d.Dead != 40*time.Second || d.Hello != 10*time.Second {
		t.Errorf("%+v", d)
	}
	other := up
	other.Interface, other.ReceiveMS = "eth1", 300
	if d := slowest(i, []Session{up, other}); d.BFD != 900*time.Millisecond {
		t.Errorf("%+v", d)
	}
}
