package ospf

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"time"

	"srr/internal/discovery"
	"srr/internal/discovery/mediumtest"
	"srr/internal/discovery/signed/signedtest"
	"srr/internal/frr/ospfapi"
	"srr/internal/frr/ospfapi/ospfapitest"
	"srr/internal/routerid"
	"srr/internal/service"
)

const (
	self  routerid.ID = 0x0a000001
	other routerid.ID = 0x0a000002
)

func record(author routerid.ID, incarnation, counter uint64) discovery.Record {
	return discovery.Record{
		Author: author, Version: discovery.Version{Incarnation: incarnation, Counter: counter}, Nonce: incarnation,
		Instance: &discovery.Instance{Service: "dns", State: service.Started},
	}
}

// keyOf is the LSA that carries r under an opaque ID.
func keyOf(r discovery.Record, id uint32) ospfapitest.Key {
	return ospfapitest.Key{Type: ospfapi.OpaqueASLSA, ID: DefaultOpaqueType<<24 | id, AdvRtr: r.Author}
}

// alone is a network whose first node talks to a fake ospfd.
type alone struct{ o Options }

func (a alone) Medium(int) discovery.Medium { return New(a.o) }
func (alone) Go(_ int, f func())            { go f() }
func (alone) Crash(int)                     {}
func (alone) Restore(int)                   {}

const quick = 30 * time.Second

func observe(t *testing.T, s *ospfapitest.Server, change func(o *Options)) *mediumtest.Observer {
	t.Helper()
	o := Options{Cluster: "lab", RouterID: self, Address: s.Addr(), Retry: 10 * time.Millisecond}
	if change != nil {
		change(&o)
	}
	return mediumtest.Observe(t, alone{o}, 0)
}

func up(v *mediumtest.View) bool { return v.Up }

func put(t *testing.T, s *ospfapitest.Server, r discovery.Record, id uint32, age uint16) ospfapitest.Key {
	t.Helper()
	key := keyOf(r, id)
	s.Install(key, age, signedtest.Payload(t, r, nil))
	return key
}

// refused looks for the refusal of one record, or of everything if key is zero.
func refused(key discovery.Key, text string) func(*mediumtest.View) bool {
	return func(v *mediumtest.View) bool {
		for _, e := range v.Events {
			if r, ok := e.(discovery.Refused); ok && r.Key == key && strings.Contains(r.Err.Error(), text) {
				return true
			}
		}
		return false
	}
}

func has(r discovery.Record) func(*mediumtest.View) bool {
	return func(v *mediumtest.View) bool { return v.Has(r.Key(), r.Version) }
}

// Up is the last word about everything that was there.
func TestUpComesLast(t *testing.T) {
	s := ospfapitest.New(t, self)
	fresh, flushing, own := record(other, 3, 1), record(7, 1, 1), record(self, 41, 5)
	put(t, s, fresh, 1, 10)
	put(t, s, flushing, 2, 3600)
	put(t, s, own, 3, 10)
	s.Reach(other, true)
	s.Neighbor(other, 9)
	s.Neighbor(self, 5)
	o := observe(t, s, nil)
	o.Wait("up", quick, up)
	o.Wait("everything", 0, func(v *mediumtest.View) bool {
		_, last := v.Events[len(v.Events)-1].(discovery.Up)
		return last && has(fresh)(v) && has(own)(v) && len(v.Records) == 2 && v.Own == 41 &&
			v.Reaches(other) && len(v.Links.Full) == 1
	})
}

// own returns the LSAs of this router in the database.
func own(s *ospfapitest.Server) (keys []ospfapitest.Key) {
	for _, k := range s.Keys() {
		if k.AdvRtr == self {
			keys = append(keys, k)
		}
	}
	return keys
}

// eventually waits for something that no event tells.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(quick); !ok(); <-time.After(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: not within %s", what, quick)
		}
	}
}

func TestFreshIDForEachVersion(t *testing.T) {
	s := ospfapitest.New(t, self)
	o := observe(t, s, nil)
	o.Wait("up", quick, up)
	first, second := record(self, 0x105, 1), record(self, 0x105, 2)
	o.Set(first)
	o.Wait("echo", quick, has(first))
	old := own(s)[0]
	o.Set(second)
	o.Wait("echo", quick, has(second))
	for _, k := range own(s) {
		if byte(k.ID>>24) != DefaultOpaqueType || byte(k.ID>>16) != 5 || k.Type != 10 {
			t.Errorf("%+v: want type 10 in the only area, 222.5.x.y", k)
		}
	}
	eventually(t, "the flush of the old one", func() bool {
		keys := own(s)
		return len(keys) == 1 && keys[0] != old
	})
}

func TestScopes(t *testing.T) {
	s := ospfapitest.New(t, self)
	o := observe(t, s, nil)
	o.Wait("up", quick, up)
	var records []discovery.Record
	for i, scope := range []service.Scope{
		{}, {Kind: service.ScopeAS}, {Kind: service.ScopeArea, Area: 7}, {Kind: service.ScopeLink, Link: "lo"},
	} {
		r := record(self, 1, uint64(i+1))
		r.Instance.Service = string(rune('a' + i))
		r.Instance.Scope = scope
		records = append(records, r)
	}
	o.Set(records...)
	o.Wait("all but the last", quick, func(v *mediumtest.View) bool { return len(v.Records) == 3 })
	o.Wait("link scope refused", quick, refused(discovery.Key{Author: self, Service: "d"}, "scope link crashes ospfd"))
	count := map[ospfapitest.Key]int{}
	for _, k := range own(s) {
		k.ID = 0
		count[k]++
	}
	for _, k := range []ospfapitest.Key{{Type: 10, AdvRtr: self}, {Type: 11, AdvRtr: self}, {Type: 10, AdvRtr: self, Area: 7}} {
		if count[k] != 1 {
			t.Errorf("%+v: %d", k, count[k])
		}
	}
	s.Interface(0x0a480201, 1, 7) // a second area
	eventually(t, "the move to AS scope", func() bool {
		as := 0
		for _, k := range own(s) {
			if k.Type == 11 {
				as++
			}
		}
		return as == 2
	})
}

// An instance counts only with its node record, so that has to go as far.
func TestNodeRecordGoesAsFarAsInstances(t *testing.T) {
	s := ospfapitest.New(t, self)
	o := observe(t, s, nil)
	o.Wait("up", quick, up)
	node, inst, wide := record(self, 1, 1), record(self, 1, 2), record(self, 1, 3)
	node.Instance, node.Node = nil, &discovery.Node{Name: "n1"}
	wide.Instance.Scope.Kind = service.ScopeAS
	kinds := func(area, as int) func() bool {
		return func() bool {
			have := map[uint8]int{}
			for _, k := range own(s) {
				have[k.Type]++
			}
			return have[10] == area && have[11] == as
		}
	}
	o.Set(node, inst)
	eventually(t, "both in the area", kinds(2, 0))
	o.Set(node, wide)
	eventually(t, "both in the AS", kinds(0, 2))
}

// many returns records of n services in a state.
func many(n int, state service.State, counter uint64) []discovery.Record {
	var all []discovery.Record
	for i := range n {
		r := record(self, 1, counter+uint64(i))
		r.Instance.Service, r.Instance.State = fmt.Sprintf("s%d", i), state
		all = append(all, r)
	}
	return all
}

// A service starts on the echo of its own record, not of the last one's.
func TestEchoesDoNotWaitForTheRest(t *testing.T) {
	s := ospfapitest.New(t, self)
	o := observe(t, s, nil)
	o.Wait("up", quick, up)
	resume := s.PauseAfter(3)
	o.Set(many(100, service.Starting, 1)...)
	o.Wait("three echoes", quick, func(v *mediumtest.View) bool { return len(v.Records) == 3 })
	s.Reach(other, true)
	o.Wait("news of the network", quick, func(v *mediumtest.View) bool { return v.Reaches(other) })
	resume()
	o.Wait("all echoes", quick, func(v *mediumtest.View) bool { return len(v.Records) == 100 })
}

// What is urgent overtakes what is not, but for the requests under way.
func TestUrgentFirst(t *testing.T) {
	s := ospfapitest.New(t, self)
	o := observe(t, s, nil)
	o.Wait("up", quick, up)
	resume := s.PauseAfter(1)
	records := many(100, service.Started, 1)
	o.Set(records...)
	o.Wait("the first echo", quick, func(v *mediumtest.View) bool { return len(v.Records) == 1 })
	urgent := record(self, 1, 101)
	urgent.Instance.State = service.Starting
	o.Set(append(records, urgent)...)
	resume()
	before := 0
	o.Wait("all echoes", quick, func(v *mediumtest.View) bool {
		for k, e := range v.Events {
			if seen, ok := e.(discovery.Seen); ok && seen.Record.Key() == urgent.Key() {
				before = k
			}
		}
		return len(v.Records) == 101
	})
	if before > 2*16 {
		t.Errorf("the urgent record came after %d others", before)
	}
}

// After many starts, that they are over leaves the routers to them for a while.
func TestStartedLeavesRoom(t *testing.T) {
	s := ospfapitest.New(t, self)
	o := observe(t, s, nil)
	o.Wait("up", quick, up)
	records, begin := many(200, service.Starting, 1), time.Now()
	o.Set(records...)
	o.Wait("all echoes", quick, func(v *mediumtest.View) bool { return len(v.Records) == 200 })
	started := many(200, service.Started, 201)
	o.Set(started...)
	o.Wait("the first that has started", quick, has(started[0]))
	if took := time.Since(begin); took < 200*time.Millisecond {
		t.Errorf("the first goes out after %s", took)
	}
	o.Wait("all", quick, has(started[199]))
}

// The whole of a set that is dropped while it is flooded goes again.
func TestDroppedWhileFlooded(t *testing.T) {
	s := ospfapitest.New(t, self)
	o := observe(t, s, nil)
	o.Wait("up", quick, up)
	resume := s.PauseAfter(1)
	o.Set(many(50, service.Started, 1)...)
	o.Wait("the first echo", quick, func(v *mediumtest.View) bool { return len(v.Records) == 1 })
	keep := record(self, 1, 99)
	o.Set(keep)
	resume()
	o.Wait("the last set", quick, has(keep))
	eventually(t, "only that", func() bool { return len(own(s)) == 1 })
	o.Wait("nothing else", quick, func(v *mediumtest.View) bool { return len(v.Records) == 1 })
}

// ospfd takes requests and answers none.
func TestNoAnswerEndsTheSession(t *testing.T) {
	s := ospfapitest.New(t, self)
	o := observe(t, s, func(o *Options) { o.Timeout = 100 * time.Millisecond })
	o.Wait("up", quick, up)
	resume := s.PauseAfter(0)
	defer resume()
	o.Set(record(self, 1, 1))
	o.Wait("down", quick, func(v *mediumtest.View) bool { return !v.Up })
}

func TestBoomerangIsFlushed(t *testing.T) {
	s := ospfapitest.New(t, self)
	o := observe(t, s, nil)
	o.Wait("up", quick, up)
	r := record(self, 9, 1)
	o.Set(r)
	o.Wait("echo", quick, has(r))
	old := record(self, 8, 500)
	key := put(t, s, old, 0x080001, 100)
	eventually(t, "its flush", func() bool {
		for _, k := range own(s) {
			if k == key {
				return false
			}
		}
		return true
	})
	o.Wait("our word", 0, has(r))
}

// purged is a record of ours whose LSA somebody has just flushed.
func purged(t *testing.T) (*ospfapitest.Server, *mediumtest.Observer, discovery.Record, ospfapitest.Key) {
	t.Helper()
	s := ospfapitest.New(t, self)
	o := observe(t, s, nil)
	o.Wait("up", quick, up)
	r := record(self, 9, 1)
	o.Set(r)
	o.Wait("echo", quick, has(r))
	old := own(s)[0]
	s.Remove(old)
	return s, o, r, old
}

func TestPurgedIsFloodedAgain(t *testing.T) {
	s, o, r, old := purged(t)
	o.Wait("gone and back", quick, func(v *mediumtest.View) bool {
		gone := false
		for _, e := range v.Events {
			_, g := e.(discovery.Gone)
			gone = gone || g
		}
		return gone && has(r)(v)
	})
	if keys := own(s); len(keys) != 1 || keys[0] == old {
		t.Errorf("%v, was %v", keys, old)
	}
}

// What somebody purged, ospfd gives out once more: it is flushed, and nobody is
// called a stranger for it.
func TestPurgedComesBack(t *testing.T) {
	s, o, r, old := purged(t)
	eventually(t, "another LSA", func() bool { keys := own(s); return len(keys) == 1 && keys[0] != old })
	b, err := discovery.Encode("lab", r)
	if err != nil {
		t.Fatal(err)
	}
	s.Install(old, 0, b)
	eventually(t, "the flush", func() bool { keys := own(s); return len(keys) == 1 && keys[0] != old })
	o.Wait("still there", 0, has(r))
}

func TestRefusals(t *testing.T) {
	s := ospfapitest.New(t, self)
	first := observe(t, s, nil)
	first.Wait("up", quick, up)
	second := observe(t, s, nil)
	second.Wait("another owner", quick, refused(discovery.Key{}, "another owner"))
	second.Stop()
	s2 := ospfapitest.New(t, other)
	wrong := observe(t, s2, nil)
	wrong.Wait("router ID", quick, refused(discovery.Key{}, "ospfd has router ID 10.0.0.2, the configuration of srrd says 10.0.0.1"))
	s2.SetRouterID(self)
	wrong.Wait("up after all", quick, up)
	s2.SetRouterID(other)
	wrong.Wait("down again", quick, func(v *mediumtest.View) bool { return !v.Up })
	bad := record(self, 1, 1)
	bad.Instance.Service = "NO NAME"
	first.Set(bad)
	first.Wait("bad record", quick, refused(bad.Key(), "NO NAME"))
	s.Answer(5, -2)
	first.Set(record(self, 1, 2))
	first.Wait("no area", quick, refused(discovery.Key{Author: self, Service: "dns"}, "no such area"))
	s.Answer(5, 0)
	first.Wait("taken at last", quick, has(record(self, 1, 2)))
	s.Answer(5, -6)
	first.Set(record(self, 1, 3))
	first.Wait("ospfd forgot us", quick, func(v *mediumtest.View) bool { return v.Ups > 1 })
}

func TestRejected(t *testing.T) {
	s := ospfapitest.New(t, self)
	o := observe(t, s, nil)
	o.Wait("up", quick, up)
	whole := signedtest.Payload(t, record(other, 1, 1), nil)
	key := keyOf(record(other, 1, 1), 0x10203)
	for range 3 {
		s.Install(key, 0, whole[:40])
	}
	foreign, _ := discovery.Encode("another", record(7, 1, 1))
	s.Install(ospfapitest.Key{Type: 11, ID: key.ID, AdvRtr: 7}, 0, foreign)
	s.Install(ospfapitest.Key{Type: 11, ID: 4 << 24, AdvRtr: 7}, 0, whole) // another opaque type
	good := record(7, 1, 1)
	put(t, s, good, 5, 0)
	o.Wait("the good one", quick, has(good))
	o.Wait("one rejection", 0, func(v *mediumtest.View) bool {
		n := 0
		for _, e := range v.Events {
			if r, ok := e.(discovery.Rejected); ok {
				n++
				if r.Author != other || !strings.Contains(r.Where, "222.1.2.3") {
					t.Errorf("%+v", r)
				}
			}
		}
		return n == 1 && len(v.Records) == 1
	})
}

func TestDownAndUp(t *testing.T) {
	s := ospfapitest.New(t, self)
	o := observe(t, s, func(o *Options) { o.Timeout, o.Ping = 2*quick, 2*quick }) // nothing that is seen comes of those
	o.Wait("up", quick, up)
	stay, vanish := record(other, 1, 1), record(7, 1, 1)
	put(t, s, stay, 1, 0)
	gone := put(t, s, vanish, 2, 0)
	mine := record(self, 3, 1)
	o.Set(mine)
	o.Wait("all", quick, func(v *mediumtest.View) bool { return len(v.Records) == 3 })
	s.Silence(true) // keeps it from coming back at once
	s.Disconnect()
	o.Wait("down", quick, func(v *mediumtest.View) bool { return !v.Up })
	s.Remove(gone)
	o.Set(record(self, 3, 2)) // of the incarnation that is over
	s.Silence(false)
	s.Disconnect() // what waits for answers that it did not get
	o.Wait("up again", quick, func(v *mediumtest.View) bool {
		return v.Ups == 2 && has(stay)(v) && len(v.Records) == 1
	})
	next := record(self, 4, 1)
	o.Set(next)
	o.Wait("the next incarnation", quick, has(next))
	if keys := own(s); len(keys) != 1 {
		t.Errorf("%v", keys)
	}
}

func TestFrozenOspfd(t *testing.T) {
	s := ospfapitest.New(t, self)
	o := observe(t, s, func(o *Options) { o.Ping, o.Timeout = 20*time.Millisecond, 100*time.Millisecond })
	o.Wait("up", quick, up)
	s.Silence(true)
	o.Wait("down", quick, func(v *mediumtest.View) bool { return !v.Up })
	s.Silence(false)
	o.Wait("up", quick, up)
}

// What a notification failed to say, the audit finds.
func TestAuditFindsWhatWasMissed(t *testing.T) {
	s := ospfapitest.New(t, self)
	o := observe(t, s, func(o *Options) { o.Audit = 50 * time.Millisecond })
	o.Wait("up", quick, up)
	r := record(other, 1, 1)
	s.InstallQuietly(keyOf(r, 1), signedtest.Payload(t, r, nil))
	o.Wait("the record", quick, has(r))
}

func TestFarBorderRouter(t *testing.T) {
	s := ospfapitest.New(t, self)
	o := observe(t, s, nil)
	o.Wait("up", quick, up)
	const abr, far routerid.ID = 7, 8
	key := ospfapitest.Key{Type: 4, ID: uint32(far), AdvRtr: abr}
	s.Install(key, 0, binary.BigEndian.AppendUint32(make([]byte, 4), 10))
	s.Reach(abr, true)
	o.Wait("both", quick, func(v *mediumtest.View) bool { return v.Reaches(abr) && v.Reaches(far) })
	s.Reach(abr, false)
	o.Wait("neither", quick, func(v *mediumtest.View) bool { return !v.Reaches(abr) && !v.Reaches(far) })
}

func TestOptionsAreChecked(t *testing.T) {
	for _, o := range []Options{{RouterID: 1}, {Cluster: "a"}, {Cluster: "a", RouterID: 1, OpaqueType: 4}} {
		if err := New(o).Run(t.Context(), func(discovery.Event) {}); err == nil {
			t.Errorf("%+v", o)
		}
	}
}
