package daemon

import (
	"net/netip"
	"testing"
	"time"

	"srr/internal/config"
	"srr/internal/node"
	"srr/internal/service"
)

// TestLegs: what each part of a start took, for every kind of service.
func TestLegs(t *testing.T) {
	const ms = time.Millisecond
	state := func(at time.Duration, to service.State) node.Event {
		return node.Event{Kind: node.EventState, Subject: "web", To: to, At: node.Now{Boot: at}}
	}
	lost := node.Event{Kind: node.EventPeer, Subject: "10.0.0.1", Detail: node.PeerLost, At: node.Now{Boot: time.Second}}
	address := []netip.Addr{netip.MustParseAddr("192.0.2.1")}
	type at struct {
		at time.Duration
		progress
	}
	for name, c := range map[string]struct {
		events  []node.Event
		service config.Service
		seen    []at
		want    string
	}{
		"after a loss": {
			[]node.Event{lost, state(1050*ms, service.Starting), state(1400*ms, service.Started)},
			config.Service{Spec: service.Spec{Addresses: address, HasCheck: true}},
			[]at{{1100 * ms, progress{called: true}}, {1300 * ms, progress{called: true}}, {1500 * ms, progress{answers: true}}, {1503 * ms, progress{answers: true, announced: true}}},
			"50ms to decide after the loss of 10.0.0.1, 50ms until it was free and the address here, 300ms to start, 100ms until the first answer, 3ms to announce; 503ms in all",
		},
		"an address": {
			[]node.Event{state(2*time.Second, service.Starting), state(2010*ms, service.Started)},
			config.Service{Spec: service.Spec{Addresses: address}},
			[]at{{2005 * ms, progress{}}, {2011 * ms, progress{announced: true}}},
			"10ms until it was free and the address here, 1ms to announce; 11ms in all",
		},
		"a resource": {
			[]node.Event{lost, state(time.Minute, service.Starting), state(61*time.Second, service.Started)},
			config.Service{},
			[]at{{60500 * ms, progress{called: true}}, {61 * time.Second, progress{}}},
			"500ms until it was free and the address here, 500ms to start; 1s in all",
		},
	} {
		var l legs
		over := ""
		events := c.events
		for _, s := range c.seen {
			for len(events) > 0 && events[0].At.Boot <= s.at {
				l.note(events[0])
				events = events[1:]
			}
			if over != "" {
				t.Errorf("%s: over too early: %s", name, over)
			}
			if o := l.open["web"]; o.look(s.at, &c.service, s.progress) {
				over = o.String()
			}
		}
		if over != c.want {
			t.Errorf("%s: %q, want %q", name, over, c.want)
		}
		l.note(state(time.Hour, service.Stopping))
		if len(l.open) != 0 {
			t.Errorf("%s: %v stays", name, l.open)
		}
	}
}
