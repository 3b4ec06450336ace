package spf

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"srr/internal/ospf/lsdb"
	"srr/internal/ospf/packet"
	"srr/internal/routerid"
)

// TestGolden computes the databases that FRR had in the lab and compares every
// route and router with what FRR itself computed.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*/*.lsdb")
	if err != nil || len(files) < 11 {
		t.Fatalf("testdata: %d databases, %v", len(files), err)
	}
	for _, f := range files {
		name := strings.TrimSuffix(f, ".lsdb")
		t.Run(strings.TrimPrefix(name, "testdata/"), func(t *testing.T) {
			answer, err := os.ReadFile(name + ".json")
			if err != nil {
				t.Fatal(err)
			}
			root := routerid.ID(0x0a000000 + uint32(name[len(name)-1]-'0'))
			if d := differences(t, loadDB(t, f), root, answer); d != "" {
				t.Error(d)
			}
		})
	}
}

// loadDB reads a database: a line has area, link and LSA.
func loadDB(t testing.TB, file string) *lsdb.DB {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	db := lsdb.New(lsdb.Limits{})
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var w lsdb.Where
		field := strings.Fields(lines.Text())
		if err := w.Area.UnmarshalText([]byte(field[0])); err != nil {
			t.Fatal(err)
		}
		if err := w.Link.UnmarshalText([]byte(field[1])); err != nil {
			t.Fatal(err)
		}
		b, err := hex.DecodeString(field[2])
		if err != nil {
			t.Fatal(err)
		}
		l, rest, err := packet.ParseLSA(b)
		if err != nil || len(rest) != 0 || packet.VerifyChecksum(b) != nil {
			t.Fatalf("%s: %v, checksum %v, %d bytes left", lines.Text(), err, packet.VerifyChecksum(b), len(rest))
		}
		if _, err := db.Install(0, w, l); err != nil {
			t.Fatal(err)
		}
	}
	return db
}

// frrEntry is an entry of `show ip ospf route json`.
type frrEntry struct {
	RouteType string
	Cost      uint32
	Type2Cost uint32
	Area      string
	IA        bool   // of a router
	Router    string `json:"routerType"`
	NextHops  []struct{ IP, Via string }
}

// differences says what FRR's answer has otherwise than the routes that this
// package makes of the same database; nothing if they agree.
func differences(t testing.TB, db *lsdb.DB, root routerid.ID, answer []byte) string {
	t.Helper()
	var frr map[string]frrEntry
	if err := json.Unmarshal(answer, &frr); err != nil {
		t.Fatal(err)
	}
	var want []string
	for key, e := range frr {
		if !e.besideThePoint() {
			want = append(want, e.line(key))
		}
	}
	topo := NewTopology(db, 0)
	table := topo.Compute(root)
	var got []string
	for r := range table.Routes() {
		got = append(got, routeLine(r))
	}
	for id := range table.routers {
		got = append(got, borderLines(table, id)...)
	}
	slices.Sort(want)
	slices.Sort(got)
	if d := cmp.Diff(want, got); d != "" {
		return fmt.Sprintf("%s: FRR (-) and this package (+) differ:\n%s", root, d)
	}
	return unreached(t, topo, root, frr)
}

// unreached names a border router that FRR reaches and this package does not, or
// otherwise.
func unreached(t testing.TB, topo *Topology, root routerid.ID, frr map[string]frrEntry) string {
	t.Helper()
	reach := topo.Reachability(root)
	for key, e := range frr {
		if !strings.HasPrefix(e.RouteType, "R") {
			continue
		}
		id, err := routerid.Parse(key)
		if err != nil {
			t.Fatal(err)
		}
		if p, ok := reach[id]; !ok || p.Cost != e.Cost || (p.Source == FromType4) != e.IA {
			return fmt.Sprintf("reachability of %s from %s: %+v, FRR says %+v", id, root, p, e)
		}
	}
	return ""
}

// besideThePoint: discard routes of address ranges, which are configuration, and
// routers of the area that are not border routers, which FRR lists now and then.
func (e frrEntry) besideThePoint() bool {
	return strings.HasPrefix(e.RouteType, "D") || strings.HasPrefix(e.RouteType, "R") && e.Router == ""
}

// line brings an entry into the form of routeLine. FRR says no area for external routes.
func (e frrEntry) line(key string) string {
	var hops []string
	for _, h := range e.NextHops {
		hops = append(hops, strings.TrimSpace(h.IP))
	}
	slices.Sort(hops)
	kind := strings.TrimSpace(e.RouteType)
	if kind == "R" && e.IA {
		kind = "R IA"
	}
	return fmt.Sprintf("%s %s cost %d/%d area %s via %q", kind, key, e.Cost, e.Type2Cost, e.Area, hops)
}

func routeLine(r Route) string {
	area := r.Area.String()
	if r.Type >= External1 {
		area = ""
	}
	kind := [...]string{"N", "N IA", "N E1", "N E2"}[r.Type]
	return fmt.Sprintf("%s %s cost %d/%d area %s via %q", kind, r.Prefix, r.Cost, r.Metric, area, vias(r.NextHops))
}

// borderLines are the paths to a router as FRR lists them: border routers only.
func borderLines(table *Table, id routerid.ID) []string {
	var lines []string
	for _, p := range table.Paths(id) {
		if p.Flags&(packet.RouterB|packet.RouterE) == 0 {
			continue
		}
		kind := "R"
		if p.Source == FromType4 {
			kind = "R IA"
		}
		lines = append(lines, fmt.Sprintf("%s %s cost %d/0 area %s via %q", kind, id, p.Cost, p.Area, vias(p.NextHops)))
	}
	return lines
}

func vias(hops []NextHop) []string {
	var out []string
	for _, h := range hops {
		s := ""
		if h.Via != (netip.Addr{}) {
			s = h.Via.String()
		}
		out = append(out, s)
	}
	slices.Sort(out)
	return out
}
