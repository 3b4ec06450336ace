//go:build lab

package spf

import (
	"fmt"
	"strings"
)

// interfaces by router: name, area, further commands.
var interfaces = map[string][][3]string{
	"r1": {{"lan", "0", "ip ospf priority 10"}, {"to3", "0", "p2p cost 5"}, {"to4", "1", "p2p"}, {"to5", "1", "p2p"}, {"lo", "0", ""}},
	"r2": {{"lan", "0", ""}, {"to6", "2", "ip ospf priority 10"}, {"lo", "0", ""}},
	"r3": {{"lan", "0", ""}, {"to1", "0", "p2p cost 5"}, {"lo", "0", ""}},
	"r4": {{"to1", "1", "p2p"}, {"to7", "1", "p2p"}, {"lo", "1", ""}},
	"r5": {{"to1", "1", "p2p"}, {"to7", "1", "ip ospf priority 0"}, {"lo", "1", ""}},
	"r6": {{"to2", "2", ""}, {"lo", "2", ""}},
}

// instance has what is in `router ospf` beyond the router ID.
var instance = map[string]string{
	"r1": " area 1 range 10.74.1.0/24\n router-info area\n pce address 10.74.0.1\n",
	"r2": " area 2 nssa\n",
	"r3": " redistribute kernel metric 30 metric-type 1\n",
	"r4": " redistribute kernel metric 40 metric-type 2\n",
	"r6": " area 2 nssa\n redistribute kernel metric 60 metric-type 2\n",
}

func ospfdConf(r string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "hostname %s\n", r)
	for _, i := range interfaces[r] {
		fmt.Fprintf(&b, "interface %s\n ip ospf area %s\n ip ospf hello-interval 1\n ip ospf dead-interval 4\n", i[0], i[1])
		switch {
		case strings.HasPrefix(i[2], "p2p"):
			b.WriteString(" ip ospf network point-to-point\n")
			if cost := strings.TrimPrefix(i[2], "p2p "); strings.HasPrefix(cost, "cost") {
				fmt.Fprintf(&b, " ip ospf %s\n", cost)
			}
		case i[2] != "":
			fmt.Fprintf(&b, " %s\n", i[2])
		}
		b.WriteString("exit\n")
	}
	fmt.Fprintf(&b, "router ospf\n ospf router-id 10.0.0.%s\n capability opaque\n%sexit\n", r[1:], instance[r])
	return b.String()
}

const birdConf = `
router id 10.0.0.7;
protocol device {}
protocol static outside { ipv4; route 10.73.7.0/24 blackhole; route 10.73.99.0/24 blackhole; }
protocol ospf v2 lab {
  ipv4 { import all; export where proto = "outside"; };
  area 1 {
    interface "to4" { type ptp; hello 1; dead count 4; cost 10; };
    interface "to5" { type broadcast; priority 5; hello 1; dead count 4; cost 10; };
    interface "lo" { stub yes; cost 3; };
  };
}
`
