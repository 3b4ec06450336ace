package ospf

import (
	"testing"

	"srr/internal/discovery"
	"srr/internal/discovery/mediumtest"
	"srr/internal/frr/ospfapi/ospfapitest"
)

// TestTenThousandForeign: a database full of others' LSAs, there before and
// coming later, costs nothing but the reading.
func TestTenThousandForeign(t *testing.T) {
	s := ospfapitest.New(t, self)
	payload, err := discovery.Encode("another", record(7, 1, 1))
	if err != nil {
		t.Fatal(err)
	}
	flood := func(from, to uint32) {
		for k := from; k < to; k++ {
			s.Install(ospfapitest.Key{Type: 11, ID: 222<<24 | k, AdvRtr: 7}, 0, payload) // another cluster's
			s.Install(ospfapitest.Key{Type: 11, ID: 200<<24 | k, AdvRtr: 7}, 0, payload) // another opaque type
		}
	}
	flood(0, 4000)
	o := observe(t, s, nil)
	o.Wait("up", quick, up)
	flood(4000, 5000)
	mine := record(self, 1, 1)
	o.Set(mine)
	o.Wait("the echo", quick, has(mine))
	o.Wait("nothing else", 0, func(v *mediumtest.View) bool {
		for _, e := range v.Events {
			if _, bad := e.(discovery.Rejected); bad {
				t.Errorf("a foreign LSA is told of: %+v", e)
			}
		}
		return v.Up && len(v.Records) == 1
	})
}
