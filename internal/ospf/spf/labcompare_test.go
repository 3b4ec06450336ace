//go:build lab

package spf

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"srr/internal/ospf/lsdb"
	"srr/internal/ospf/packet"
	"srr/internal/routerid"
)

// TestLab compares the routes of every FRR router in a real network of three
// areas with what this package makes of that router's database: first of the
// whole network, then after a router died, whose LSAs stay.
func TestLab(t *testing.T) {
	l := newLab(t)
	apis := map[string]*api{}
	for _, r := range frrRouters {
		apis[r] = l.dialAPI(r)
		l.listen(apis[r])
	}
	for _, p := range []string{"10.73.6.0/24", "10.73.66.0/24"} {
		l.in("r6", "ip", "route", "add", "blackhole", p, "proto", "222")
	}
	l.originate(apis["r6"], lsdb.Where{Area: 2}, packet.TypeOpaqueArea, 1, "area two")
	l.originate(apis["r4"], lsdb.Where{}, packet.TypeOpaqueAS, 2, "everywhere!!")
	l.originate(apis["r1"], lsdb.Where{Link: 0x0a480001}, packet.TypeOpaqueLink, 3, "one link")
	l.settled("whole", func() bool {
		return l.knows("r1", "10.73.66.0/24") && l.knows("r1", "10.73.7.0/24") && l.knows("r1", "10.74.1.7/32") &&
			l.knows("r6", "10.74.1.0/24") && l.knows("r4", "10.73.66.0/24") && l.knows("r3", "10.74.2.6/32") && l.knows("r5", "10.73.99.0/24")
	})
	// A withdrawn destination stays for a minute, with MaxAge.
	l.in("r6", "ip", "route", "del", "blackhole", "10.73.66.0/24", "proto", "222")
	l.settled("withdrawn", func() bool { return !l.knows("r1", "10.73.66.0/24") && !l.knows("r4", "10.73.66.0/24") })
	l.compare("whole", apis, frrRouters)

	apis["r5"].close()
	l.end(l.pidFile("r5", "ospfd"), "ospfd")
	l.settled("r5 dead", func() bool { return !l.knows("r1", "10.74.1.5/32") && !l.knows("r4", "10.74.1.5/32") })
	l.compare("r5-dead", apis, []string{"r1", "r2", "r3", "r4", "r6"})
	db := l.drain(apis["r1"])
	if _, ok := db.Get(lsdb.Key{Where: lsdb.Where{Area: 1}, Type: packet.TypeRouter, ID: 0x0a000005, AdvRouter: 0x0a000005}); !ok {
		t.Error("the router LSA of the dead router should still be there")
	}
	if p, ok := Reachability(db, 0, 0x0a000001)[0x0a000005]; ok {
		t.Errorf("the dead router is reachable: %+v", p)
	}
}

func (l *lab) knows(router, prefix string) bool {
	return strings.Contains(l.vtysh(router, "show ip ospf route json"), `"`+prefix+`"`)
}

// settled waits until ok, and then until no router's routes change for 3 s.
func (l *lab) settled(what string, ok func() bool) {
	l.Helper()
	l.until(what, 60*time.Second, ok)
	before, since := "", time.Now()
	l.until(what+": stable", 60*time.Second, func() bool {
		var now strings.Builder
		for _, r := range frrRouters {
			if _, err := os.Stat(l.pidFile(r, "ospfd")); err == nil && !(r == "r5" && what == "r5 dead") {
				now.WriteString(l.vtysh(r, "show ip ospf route json"))
			}
		}
		if now.String() != before {
			before, since = now.String(), time.Now()
		}
		return time.Since(since) > 3*time.Second
	})
}

// compare waits until FRR and this package agree: ospfd takes up to the five seconds
// of MinLSInterval to originate a summary again, and its SPF timer besides.
func (l *lab) compare(stage string, apis map[string]*api, routers []string) {
	l.Helper()
	for _, r := range routers {
		root := routerid.ID(0x0a000000 + uint32(r[1]-'0'))
		for end := time.Now().Add(30 * time.Second); ; {
			l.listen(apis[r])
			db := l.drain(apis[r])
			answer := l.vtysh(r, "show ip ospf route json")
			diff := differences(l, db, root, []byte(answer))
			if diff != "" && time.Now().Before(end) {
				continue
			}
			if diff != "" {
				l.Errorf("%s: %s", stage, diff)
			}
			if *update {
				l.keep(stage, r+".lsdb", dump(l, db))
				l.keep(stage, r+".json", answer)
			}
			break
		}
	}
}

// dump writes a database as loadDB reads it.
func dump(t testing.TB, db *lsdb.DB) string {
	t.Helper()
	var text strings.Builder
	for e := range db.All() {
		b, err := e.LSA.AppendBinary(nil)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&text, "%s %s %x\n", e.Key.Area, e.Key.Link, b)
	}
	return text.String()
}

func (l *lab) keep(stage, name, text string) {
	l.Helper()
	dir := filepath.Join("testdata", stage)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		l.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
		l.Fatal(err)
	}
}
