package daemon

import (
	"encoding/binary"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"srr/internal/config"
	ospfmedium "srr/internal/discovery/ospf"
	"srr/internal/ospf/packet"
)

// routerLSA is a router LSA with one stub link.
func routerLSA(kind packet.Type, seq, link uint32) ospfmedium.Advertisement {
	body := make([]byte, 16)
	body[3] = 1
	binary.BigEndian.PutUint32(body[4:], link)
	body[12] = 3
	if kind == packet.TypeNetwork {
		body = binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, 0xffffff00), link)
	}
	h := make([]byte, packet.HeaderLen)
	h[3] = byte(kind)
	binary.BigEndian.PutUint32(h[4:], 0x0a000001)
	binary.BigEndian.PutUint32(h[8:], 0x0a000001)
	binary.BigEndian.PutUint32(h[12:], seq)
	binary.BigEndian.PutUint16(h[18:], uint16(len(h)+len(body)))
	return ospfmedium.Advertisement{Raw: append(h, body...)}
}

func TestTopologyChanges(t *testing.T) {
	b := newBrowser(&config.Config{}, nil, nil, nil)
	changed := func(why string, want bool) {
		t.Helper()
		got := false
		select {
		case <-b.topology.changed:
			got = true
		default:
		}
		if got != want {
			t.Errorf("%s: changed %t, want %t", why, got, want)
		}
	}
	for _, kind := range []packet.Type{packet.TypeRouter, packet.TypeNetwork} {
		b.Update(routerLSA(kind, 0x80000001, 1))
		changed("seen for the first time", false)
		b.Update(routerLSA(kind, 0x80000002, 1))
		changed("refreshed", false)
		b.Delete(routerLSA(kind, 0x80000002, 1))
		b.Update(routerLSA(kind, 0x80000003, 2))
		changed("another link", true)
	}
	b.Reset()
	b.Update(routerLSA(packet.TypeRouter, 0x80000004, 3))
	changed("a new connection", false)
	external := routerLSA(packet.TypeRouter, 0x80000001, 1)
	external.Raw[3] = byte(packet.TypeExternal)
	b.Update(external)
	external.Raw[30]++
	b.Update(external)
	changed("an external route", false)
}

func TestUntilQuiet(t *testing.T) {
	for _, c := range []struct {
		name         string
		pause, until time.Duration // of the changes
		want         time.Duration
	}{
		{"one", time.Second, 0, topologyQuiet},
		{"some", 30 * time.Millisecond, 100 * time.Millisecond, 90*time.Millisecond + topologyQuiet},
		{"no end", 30 * time.Millisecond, time.Second, topologyLimit},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				changed, begin := make(chan struct{}, 1), time.Now()
				for at := c.pause; at < c.until; at += c.pause {
					time.AfterFunc(at, func() { changed <- struct{}{} })
				}
				untilQuiet(t.Context(), changed)
				if got := time.Since(begin); got != c.want {
					t.Errorf("quiet after %s, want %s", got, c.want)
				}
			})
		})
	}
}

func TestRerouteIsDamped(t *testing.T) {
	var r rerouted
	var at []int
	for now := 1; now <= 41; now++ {
		if r.may(time.Duration(now) * time.Second) {
			at = append(at, now)
		}
	}
	if want := []int{1, 2, 3, 4, 6, 11, 16, 21, 26, 31, 36, 41}; !slices.Equal(at, want) {
		t.Errorf("changes in each second: done at %v, want %v", at, want)
	}
	for i := range 5 {
		if got := r.may(62 * time.Second); got != (i < 4) {
			t.Errorf("after a rest, change %d: done %t", i+1, got)
		}
	}
}
