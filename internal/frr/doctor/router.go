package doctor

import (
	"fmt"
	"strings"
)

func processChecks(f Facts, e Expect) []Finding {
	id := Finding{Name: "router-id", Is: f.OSPF.RouterID, Want: e.RouterID.String()}
	if e.RouterID == 0 {
		id.Level, id.Want = OK, ""
	} else {
		id.Lines = onRouter("ospf router-id " + id.Want)
		id = judge(id.Is == id.Want, Fail, id)
	}
	filter := strings.Contains(f.OSPFConfig, " out connected")
	return []Finding{
		id,
		judge(f.OSPF.Opaque, Fail, Finding{
			Name: "opaque-capability", Is: onOff(f.OSPF.Opaque), Want: "on", Lines: onRouter("capability opaque"),
			Gain: "records of nodes and services are opaque LSAs; every router must have it",
		}),
		judge(!filter, Warn, Finding{
			Name: "distribute-list", Is: map[bool]string{true: "a distribute-list filters connected routes", false: "none for connected routes"}[filter],
			Want: "service addresses pass it", Lines: []string{"show running-config ospfd"}, Gain: "what it denies is never announced",
		}),
	}
}

func onOff(on bool) string { return map[bool]string{true: "on", false: "off"}[on] }

func timerChecks(f Facts, _ Expect) []Finding {
	o := f.OSPF
	return []Finding{
		judge(o.SPFDelay == 0 && o.SPFHold <= 50 && o.SPFMax <= 1000, Warn, Finding{
			Name: "spf-throttle", Is: fmt.Sprintf("delay %d ms, hold %d to %d ms", o.SPFDelay, o.SPFHold, o.SPFMax), Want: "delay 0 ms, hold 50 to 1000 ms",
			Lines: onRouter("timers throttle spf 0 50 1000"),
			Gain:  "after several failures in a row a route waits for 1 s at most, not 5 s",
		}),
		judge(o.LSAMinArrival == 0, Warn, Finding{
			Name: "lsa-min-arrival", Is: fmt.Sprintf("%d ms", o.LSAMinArrival), Want: "0 ms, on every router of the domain (seen here: this one only)",
			Lines: onRouter("timers lsa min-arrival 0"),
			Gain:  "an address that returns within a second is dark for 23 ms instead of 7 to 10 s, and may be announced again without the hold of 1.1 s",
		}),
		judge(o.LSAInterval == 0, Warn, Finding{
			Name: "lsa-throttle", Is: fmt.Sprintf("%d ms", o.LSAInterval), Want: "0 ms",
			Lines: onRouter("timers throttle lsa all 0"),
			Gain:  "the metric of a claim and a changed list of addresses apply at once instead of after 5 s",
		}),
	}
}

func zebraChecks(f Facts, _ Expect) []Finding {
	const gain = "20 ms less for a planned move (2.6 instead of 25.6 ms) and after a crash (55 instead of 75 ms), if routers have it too"
	w := Finding{Name: "zebra-work-queue", Want: "0 ms", Lines: []string{"configure terminal", "zebra work-queue 0", "end"}, Gain: gain}
	_, after, set := strings.Cut("\n"+f.Zebra, "\nzebra work-queue ")
	switch {
	case f.Zebra == "":
		w.Level, w.Is = Unknown, "zebra does not answer"
	case !set:
		w.Level, w.Is = Warn, "10 ms (the default)"
	default:
		value, _, _ := strings.Cut(after, "\n")
		w.Is = value + " ms"
		w = judge(value == "0", Warn, w)
	}
	return []Finding{w}
}

// apiChecks look at the OSPF API, which knows no authentication (malformed
// requests end ospfd).
func apiChecks(f Facts, _ Expect) []Finding {
	open := judge(len(f.Host.Listens) > 0, Fail, Finding{
		Name: "ospf-api", Is: fmt.Sprintf("port %d: %d listening", apiPort, len(f.Host.Listens)), Want: "open",
		Lines: []string{"# shell: add -a to ospfd_options in /etc/frr/daemons, then", "systemctl restart frr"},
		Gain:  "srrd speaks to ospfd there",
	})
	if open.Level == Fail {
		return []Finding{open}
	}
	exposed := false
	for _, a := range f.Host.Listens {
		exposed = exposed || !a.Unmap().IsLoopback()
	}
	reach := judge(!exposed || f.Host.Filtered, Warn, Finding{
		Name: "ospf-api-exposed", Is: fmt.Sprintf("listens on %v, filtered: %v", f.Host.Listens, f.Host.Filtered), Want: "reachable from this host only",
		Lines: []string{
			"# shell:", "nft add table inet srr_guard",
			"nft add chain inet srr_guard input '{ type filter hook input priority -10; }'",
			fmt.Sprintf("nft add rule inet srr_guard input iifname != \"lo\" tcp dport %d drop", apiPort),
		},
		Gain: "nobody else can withdraw the records of this node or end ospfd",
	})
	clients := Finding{
		Name: "ospf-api-clients", Level: OK, Is: fmt.Sprintf("%d connections", f.Host.Clients),
		Want: "those of srrd; who owns an opaque type is not shown by ospfd, a second owner gets error -5",
	}
	return []Finding{open, reach, clients}
}
