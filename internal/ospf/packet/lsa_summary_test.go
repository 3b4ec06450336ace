package packet

import "testing"

func TestSummary(t *testing.T) {
	for _, typ := range []Type{TypeSummary, TypeSummaryASBR} {
		testBodies(t, []bodyCase{
			{"plain", typ, "ffffff00 00 00000a", &Summary{Mask: 0xffffff00, Metric: 10}},
			{"unreachable", typ, "00000000 00 ffffff", &Summary{Metric: LSInfinity}},
			{
				"TOS metrics and a reserved byte", typ, "ffffff00 5a 00000a 08 000014 10 ffffff",
				&Summary{Mask: 0xffffff00, Reserved: 0x5a, Metric: 10, TOS: []SummaryTOS{{8, 20}, {16, LSInfinity}}},
			},
		})
		testRefused(t, typ, map[string]string{
			"mask":       "ffffff",
			"reserved":   "ffffff00",
			"metric":     "ffffff00 00 0000",
			"TOS metric": "ffffff00 00 000001 08 00",
		})
	}
	testNotEncodable(t, map[string]Body{
		"metric: 16777216":       &Summary{Metric: 1 << 24},
		"TOS metric 1: 16777216": &Summary{TOS: []SummaryTOS{{Metric: 1 << 24}}},
	})
}
