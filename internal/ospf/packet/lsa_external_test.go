package packet

import (
	"strings"
	"testing"
)

func TestExternal(t *testing.T) {
	for _, typ := range []Type{TypeExternal, TypeNSSA} {
		testBodies(t, []bodyCase{
			{
				"type 1 metric", typ, "ffffffff 00 0003e8 00000000 00000000",
				&External{Mask: 0xffffffff, ExternalMetric: ExternalMetric{Metric: 1000}},
			},
			{
				"type 2 metric, forwarding address, tag", typ, "ffffff00 80 000014 0a4a0206 deadbeef",
				&External{Mask: 0xffffff00, ExternalMetric: ExternalMetric{Type2: true, Metric: 20, Forwarding: 0x0a4a0206, Tag: 0xdeadbeef}},
			},
			{
				"TOS metrics", typ, "00000000 7f ffffff 00000000 00000000 88 000001 0a000001 00000002",
				&External{
					ExternalMetric: ExternalMetric{TOS: 0x7f, Metric: LSInfinity},
					TOS:            []ExternalMetric{{Type2: true, TOS: 8, Metric: 1, Forwarding: 0x0a000001, Tag: 2}},
				},
			},
		})
		testRefused(t, typ, map[string]string{
			"mask":                             "ffffff",
			"E bit and TOS":                    "ffffff00",
			"metric: 2 bytes left":             "ffffff00 80 0000",
			"forwarding address":               "ffffff00 80 000001 0a",
			"route tag":                        "ffffff00 80 000001 0a000001",
			"TOS metric 1: forwarding address": "ffffff00 80 000001 0a000001 00000000 08 000001",
		})
	}
	testNotEncodable(t, map[string]Body{
		"metric: 16777216":               &External{ExternalMetric: ExternalMetric{Metric: 1 << 24}},
		"TOS: 128":                       &External{ExternalMetric: ExternalMetric{TOS: 128}},
		"TOS metric 2: metric: 16777216": &External{TOS: []ExternalMetric{{}, {Metric: 1 << 24}}},
	})
}

// TestNSSATranslation: the P bit of a type 7 LSA is in its header.
func TestNSSATranslation(t *testing.T) {
	for o, want := range map[Options]string{0: "translated to AS external: no", OptionNP: "translated to AS external: yes"} {
		l := LSA{Header: Header{Type: TypeNSSA, Options: o}, Body: &External{}}
		if got := strings.Join(l.Describe(), "\n"); !strings.Contains(got, want) {
			t.Errorf("options %s: want %q in:\n%s", o, want, got)
		}
	}
}
