package packet

import "testing"

func TestRouter(t *testing.T) {
	testBodies(t, []bodyCase{
		{"no links", TypeRouter, "00 00 0000", &Router{Links: []RouterLink{}}},
		{
			"every link type", TypeRouter, `
			03 00 0005
			0a000002 0a480001 01 00 000a
			0a480002 0a480001 02 00 0001
			0a490000 ffffff00 03 00 ffff
			0a000003 0a480009 04 00 0005
			00000000 00000007 09 00 0000`,
			&Router{Flags: RouterB | RouterE, Links: []RouterLink{
				{ID: 0x0a000002, Data: 0x0a480001, Type: LinkPointToPoint, Metric: 10},
				{ID: 0x0a480002, Data: 0x0a480001, Type: LinkTransit, Metric: 1},
				{ID: 0x0a490000, Data: 0xffffff00, Type: LinkStub, Metric: MaxLinkMetric},
				{ID: 0x0a000003, Data: 0x0a480009, Type: LinkVirtual, Metric: 5},
				{Data: 7, Type: 9},
			}},
		},
		{
			"TOS metrics and reserved bytes", TypeRouter, `
			80 ff 0001
			0a000002 0a480001 01 02 000a
			08 00 0014
			10 77 001e`,
			&Router{Flags: RouterH, Reserved: 0xff, Links: []RouterLink{{
				ID: 0x0a000002, Data: 0x0a480001, Type: LinkPointToPoint, Metric: 10,
				TOS: []TOSMetric{{TOS: 8, Metric: 20}, {TOS: 16, Reserved: 0x77, Metric: 30}},
			}}},
		},
	})
	testRefused(t, TypeRouter, map[string]string{
		"flags":                     "",
		"reserved":                  "00",
		"number of links":           "00 00 00",
		"link 1 of 65535: link ID":  "00 00 ffff",
		"link 1 of 1: link data":    "00 00 0001 0a000002 0a48",
		"link 2 of 2: metric":       "00 00 0002 0a000002 0a480001 01 00 000a 0a000002 0a480001 01 00 00",
		"link 1 of 1: TOS metric":   "00 00 0001 0a000002 0a480001 01 01 000a 08 00 00",
		"link 1 of 1: TOS: 0 bytes": "00 00 0001 0a000002 0a480001 01 ff 000a",
		"4 bytes after the last":    "00 00 0000 00000000",
	})
	testNotEncodable(t, map[string]Body{
		"number of TOS metrics: 256": &Router{Links: []RouterLink{{TOS: make([]TOSMetric, 256)}}},
		"length":                     &Router{Links: make([]RouterLink, 5461)},
	})
}
