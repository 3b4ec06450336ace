package spf

import (
	"net/netip"
	"testing"

	"srr/internal/ospf/lsdb"
	"srr/internal/ospf/packet"
)

// FuzzCompute feeds any LSAs into the database. Nothing may panic, no next hop
// may be missing, and a trace ends. A byte for the area precedes each LSA.
func FuzzCompute(f *testing.F) {
	for _, file := range []string{"testdata/whole/r1.lsdb", "testdata/whole/r2.lsdb"} {
		var seed []byte
		for e := range loadDB(f, file).All() {
			b, err := e.LSA.AppendBinary([]byte{byte(e.Key.Area)})
			if err != nil {
				f.Fatal(err)
			}
			seed = append(seed, b...)
		}
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		db := lsdb.New(lsdb.Limits{Entries: 200})
		for len(b) > packet.HeaderLen {
			l, rest, err := packet.ParseLSA(b[1:])
			if err != nil {
				break
			}
			_, _ = db.Install(0, lsdb.Where{Area: packet.AreaID(b[0] & 3)}, l)
			b = rest
		}
		topo := NewTopology(db, 0)
		for i, root := range topo.Routers() {
			if i > 4 {
				break
			}
			table := topo.Compute(root)
			checkTable(t, table)
			topo.Trace(root, netip.AddrFrom4([4]byte{10, 73, 6, 1}))
		}
	})
}

func checkTable(t *testing.T, table *Table) {
	t.Helper()
	for r := range table.Routes() {
		if len(r.NextHops) == 0 || len(r.NextHops) > MaxNextHops || r.Prefix != r.Prefix.Masked() {
			t.Errorf("at %s: %+v", table.Root, r)
		}
	}
	for id, paths := range table.routers {
		for _, p := range paths {
			if id == table.Root || len(p.NextHops) == 0 || p.NextHops[0].Direct() && p.NextHops[0].Router == 0 {
				t.Errorf("at %s: router %s: %+v", table.Root, id, p)
			}
		}
	}
}
