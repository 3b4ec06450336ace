package doctor

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

func hostChecks(f Facts, e Expect) []Finding {
	all := rpFilter(f)
	for _, name := range e.Units {
		state, known := f.Host.Units[name]
		if !known {
			continue // in Unread
		}
		started := state == "enabled" || state == "enabled-runtime" || state == "alias"
		all = append(all, judge(!started, Fail, Finding{
			Name: "unit-at-boot", On: name, Is: state, Want: "disabled: srrd starts it",
			Lines: []string{"# shell:", "systemctl disable " + name},
			Gain:  "the service does not run on two nodes after a reboot",
		}))
	}
	return all
}

// rpFilter: a client's packet may come in on another interface than the one
// that leads back to the client; strict checking (RFC 3704) drops it.
func rpFilter(f Facts) []Finding {
	var all []Finding
	for _, name := range slices.Sorted(maps.Keys(f.Host.RPFilter)) {
		if _, ospf := f.Interfaces[name]; !ospf {
			continue
		}
		v := f.Host.RPFilter[name]
		all = append(all, judge(v != "1", Warn, Finding{
			Name: "rp-filter", On: name, Is: v, Want: "0 or 2",
			Lines: []string{"# shell, and in /etc/sysctl.d:", "sysctl -w net.ipv4.conf." + name + ".rp_filter=2"},
			Gain:  "with two uplinks, requests that come in over the other one are not dropped",
		}))
	}
	return all
}

// addressChecks find service addresses inside of a connected subnet: hosts
// there ask for them by ARP and never send to a router.
func addressChecks(f Facts, e Expect) []Finding {
	var all []Finding
	for _, a := range e.Services {
		r := Finding{Name: "service-address", On: a.String(), Level: OK, Is: "in no connected subnet"}
		for p, interfaces := range f.Connected {
			if !p.Contains(a) {
				continue
			}
			switch {
			case !p.IsSingleIP():
				r.Level = Warn
				r.Is = fmt.Sprintf("inside of %s, connected on %s", p, strings.Join(interfaces, ", "))
				r.Want = "a prefix for service addresses alone"
				r.Gain = "hosts of that subnet would look for it by ARP and not find it on another node"
			case !slices.Contains(interfaces, "lo"):
				r.Level = Fail
				r.Is = "is the address of " + strings.Join(interfaces, ", ")
				r.Want = "an address that nobody else has"
			}
		}
		all = append(all, r)
	}
	return all
}
