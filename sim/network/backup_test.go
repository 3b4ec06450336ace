package network

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"srr/internal/ospf/packet"
	"srr/internal/routerid"
)

// watcher notes the least that was ever reached.
type watcher struct {
	client
	least []routerid.ID
}

func (w *watcher) Reach(routers []routerid.ID) {
	w.client.Reach(routers)
	w.least = slices.DeleteFunc(w.least, func(id routerid.ID) bool { return !slices.Contains(routers, id) })
}

// twoRouters is a LAN of two routers and two hosts, with a backup.
func twoRouters() *lab {
	l := &lab{clients: map[string]*client{}}
	l.Network = New(&l.queue, rand.New(rand.NewPCG(1, 2)), Timers{
		Hello: time.Second, Dead: 4 * time.Second, Retransmit: 5 * time.Second, BFD: 350 * time.Millisecond, LSInterval: 5 * time.Second,
	})
	l.ElectBackups()
	l.AddLink("lan", true, l.AddRouter("r1", 101, false), l.AddRouter("r2", 102, false), l.AddRouter("n1", 1, true), l.AddRouter("n2", 2, true))
	for _, r := range l.Routers() {
		l.start(r.Name)
	}
	l.run(30 * time.Second)
	return l
}

// TestBackupTakesOver: when the designated router dies, nobody is lost but it, not
// even for a moment.
func TestBackupTakesOver(t *testing.T) {
	l := twoRouters()
	lan := l.Link("lan")
	if lan.designated(0).router.Name != "r2" || lan.backup(0).router.Name != "r1" {
		t.Fatalf("designated %s, backup %s", lan.designated(0).router.Name, lan.backup(0).router.Name)
	}
	w := &watcher{client: newClient(), least: []routerid.ID{2, 101}}
	l.Router("n1").Forsake(l.clients["n1"])
	listen(l.Router("n1"), w)
	l.Router("r2").Stop()
	l.run(30 * time.Second)
	if !slices.Equal(w.least, []routerid.ID{2, 101}) {
		t.Errorf("at one moment it reached only %v", w.least)
	}
	if !slices.Equal(w.reach, []routerid.ID{2, 101}) || lan.designated(0).router.Name != "r1" {
		t.Errorf("it reaches %v", w.reach)
	}
}

// TestBackupDies: another one is chosen, and nobody else is lost.
func TestBackupDies(t *testing.T) {
	l := twoRouters()
	l.Router("n2").SetPriority(1)
	l.Router("r1").Stop()
	l.run(30 * time.Second)
	l.reaches(t, "n1", 2, 102)
	if b := l.Link("lan").backup(0); b == nil || b.router.Name != "n2" {
		t.Error("no other backup was chosen")
	}
	l.Router("r2").Stop()
	l.run(30 * time.Second)
	l.reaches(t, "n1", 2)
}

// TestFloodsWithBackup: what is flooded on the LAN while the designated router is
// dead, and not noticed, arrives when the backup has taken over.
func TestFloodsWithBackup(t *testing.T) {
	l := twoRouters()
	id := packet.OpaqueLinkStateID(222, 7)
	l.Router("r2").Stop()
	l.Router("n1").OriginateOpaque(id, []byte("late"))
	l.run(100 * time.Millisecond)
	l.has(t, "n2", id, "")
	l.run(900 * time.Millisecond)
	l.has(t, "n2", id, "late")
}

func TestJoined(t *testing.T) {
	l := twoRouters()
	one := func(*Router) int { return 1 }
	if all, parts := l.Joined(one); len(all) != 4 || parts != 1 {
		t.Errorf("%d routers in the largest of %d parts", len(all), parts)
	}
	l.Link("lan").SetCarrier(l.Router("n1"), false)
	l.Router("r2").Stop()
	if largest, parts := l.Joined(one); len(largest) != 2 || parts != 2 || largest[l.Router("n1")] {
		t.Errorf("%d routers in the largest of %d parts", len(largest), parts)
	}
	heavy := func(r *Router) int { return map[string]int{"n1": 5}[r.Name] + 1 }
	if largest, _ := l.Joined(heavy); len(largest) != 1 || !largest[l.Router("n1")] {
		t.Error("the weights of routers are not counted")
	}
	l.Link("lan").SetMute(l.Router("n2"), true)
	if _, parts := l.Joined(one); parts != 3 {
		t.Errorf("%d parts, though a packet passes one way only", parts)
	}
}
