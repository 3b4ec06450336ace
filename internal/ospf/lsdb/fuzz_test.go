package lsdb

import (
	"testing"
	"time"

	"srr/internal/ospf/packet"
	"srr/internal/routerid"
)

// FuzzDB runs random operations on a small database and checks the counters, the
// limits and the newest-instance rule after each. Three bytes are one operation.
func FuzzDB(f *testing.F) {
	f.Add([]byte{0, 1, 1, 0, 1, 2, 1, 1, 1, 2, 0, 255, 3, 1, 1})
	f.Add([]byte("install, remove, expire: whatever comes"))
	f.Fuzz(func(t *testing.T, ops []byte) {
		limits := Limits{Entries: 6, Bytes: 200, PerRouter: 4}
		d := New(limits)
		now := time.Duration(0)
		for ; len(ops) >= 3 && now < 1000*time.Hour; ops = ops[3:] {
			l := packet.LSA{
				Header: packet.Header{
					Type: packet.Type(ops[1] % 13), ID: packet.Quad(ops[1] >> 6), AdvRouter: routerid.ID(ops[2] & 3),
					Seq: int32(ops[2]>>2) % 8, Checksum: uint16(ops[2] >> 6), Age: uint16(ops[0]>>2) * 60,
				},
				Body: packet.Raw(make([]byte, ops[1]>>2)),
			}
			step(t, d, now, ops[0]&3, l)
			now += time.Duration(ops[0]) * time.Second
			if d.Len() > limits.Entries || d.Bytes() > limits.Bytes {
				t.Errorf("%d LSAs, %d bytes", d.Len(), d.Bytes())
			}
			check(t, d)
		}
	})
}

func step(t *testing.T, d *DB, now time.Duration, op byte, l packet.LSA) {
	t.Helper()
	w := Where{Area: 1, Link: 2}
	before, had := d.Get(KeyOf(w, l.Header))
	switch op {
	case 0, 1:
		c, err := d.Install(now, w, l)
		if had && err == nil && packet.Compare(c.New.Header(now), before.Header(now)) < 0 {
			t.Errorf("%s replaced the newer %s", c.New.LSA.Header, before.LSA.Header)
		}
	case 2:
		if c := d.Remove(w, l.Header); c.Kind == Removed && c.Old.LSA.Header.Seq > l.Header.Seq {
			t.Errorf("removed %s for the older %s", c.Old.LSA.Header, l.Header)
		}
	case 3:
		for _, c := range d.Expire(now, Linger) {
			if !c.Old.MaxAge(now) {
				t.Errorf("%s of %s at age %v", c.Kind, c.Old.Key, c.Old.Age(now))
			}
		}
	}
}
