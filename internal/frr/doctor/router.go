package doctor

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"srr/internal/frr/filter"
)

func processChecks(f Facts, e Expect) []Finding {
	id := Finding{Name: "router-id", Is: f.OSPF.RouterID, Want: e.RouterID.String()}
	if e.RouterID == 0 {
		id.Level, id.Want = OK, ""
	} else {
		id.Lines = onRouter("ospf router-id " + id.Want)
		id = judge(id.Is == id.Want, Fail, id)
	}
	filters := strings.Contains(f.OSPFConfig, " out connected")
	return []Finding{
		id,
		judge(f.OSPF.Opaque, Fail, Finding{
			Name: "opaque-capability", Is: onOff(f.OSPF.Opaque), Want: "on", Lines: onRouter("capability opaque"),
			Gain: "records of nodes and services are opaque LSAs; every router must have it",
		}),
		judge(!filters, Warn, Finding{
			Name: "distribute-list", Is: map[bool]string{true: "a distribute-list filters connected routes", false: "none for connected routes"}[filters],
			Want: "service addresses pass it", Lines: []string{"show running-config ospfd"}, Gain: "what it denies is never announced",
		}),
	}
}

// restartLine is what makes ospfd leave its neighbors in the belief that it is
// there (RFC 3623), or makes it believe them.
var restartLine = regexp.MustCompile(`(?m)^ (graceful-restart.*)$`)

// restartChecks: the end of ospfd is how others learn at once that a node is gone.
func restartChecks(f Facts, _ Expect) []Finding {
	found := restartLine.FindAllStringSubmatch(f.OSPFConfig, -1)
	r := Finding{Name: "graceful-restart", Level: OK, Is: "not used"}
	if len(found) == 0 {
		return []Finding{r}
	}
	var lines, undo []string
	for _, m := range found {
		lines = append(lines, strings.TrimSpace(m[1]))
		undo = append(undo, "no "+strings.TrimSpace(m[1]))
	}
	r.Level, r.Is, r.Want, r.Lines = Warn, strings.Join(lines, "; "), "not used, here and on the routers", onRouter(undo...)
	r.Gain = "a node whose ospfd is away is not counted as reachable until the grace period is over: what it ran starts elsewhere at once"
	return []Finding{r}
}

func onOff(on bool) string { return map[bool]string{true: "on", false: "off"}[on] }

func timerChecks(f Facts, e Expect) []Finding {
	o := f.OSPF
	return []Finding{
		judge(o.SPFDelay == 0 && o.SPFHold <= 50 && o.SPFMax <= 1000, Warn, Finding{
			Name: "spf-throttle", Is: fmt.Sprintf("delay %d ms, hold %d to %d ms", o.SPFDelay, o.SPFHold, o.SPFMax), Want: "delay 0 ms, hold 50 to 1000 ms",
			Lines: onRouter("timers throttle spf 0 50 1000"),
			Gain:  "after several failures in a row a route waits for 1 s at most, not 5 s",
		}),
		minArrival(o, e),
		judge(o.LSAInterval == 0, Warn, Finding{
			Name: "lsa-throttle", Is: fmt.Sprintf("%d ms", o.LSAInterval), Want: "0 ms",
			Lines: onRouter("timers throttle lsa all 0"),
			Gain:  "the metric of a claim and a changed list of addresses apply at once instead of after 5 s",
		}),
	}
}

// minArrival compares what the configuration says of all routers with the one
// that can be seen.
func minArrival(o Process, e Expect) Finding {
	own := time.Duration(o.LSAMinArrival) * time.Millisecond
	r := Finding{Name: "lsa-min-arrival", Is: fmt.Sprintf("%d ms here; routing.frr.min-arrival says %s of every router", o.LSAMinArrival, e.MinArrival)}
	switch {
	case own > e.MinArrival:
		r.Level, r.Want = Fail, fmt.Sprintf("%s here, too: until then addresses are held as if it were %s everywhere", e.MinArrival, own)
		r.Lines = onRouter(fmt.Sprintf("timers lsa min-arrival %d", e.MinArrival.Milliseconds()))
		r.Gain = "what the configuration says of every router of the domain does not hold for this one"
	case e.MinArrival > 0:
		r.Level, r.Want = Warn, "0 ms on every router of the domain, and then `routing: {frr: {min-arrival: 0s}}` on every node"
		r.Lines = onRouter("timers lsa min-arrival 0")
		r.Gain = fmt.Sprintf("an address may return to this node at once; now it is held back for %s. "+
			"A router of which it is not true keeps the address dark for 7 to 10 s, and no router can see that of another", e.Hold)
	default:
		r.Level = OK
	}
	return r
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
	by := "open to other hosts"
	switch {
	case f.Host.OwnFilter:
		by = "closed to other hosts by srrd (nftables, table " + filter.Table + ")"
	case f.Host.Filtered:
		by = "closed to other hosts by a rule of yours"
	}
	reach := judge(!exposed || f.Host.Filtered, Warn, Finding{
		Name: "ospf-api-exposed", Is: fmt.Sprintf("listens on %v, %s", f.Host.Listens, by), Want: "reachable from this host only",
		Lines: []string{
			"# srrd does that, unless srr.yaml says medium: {api-filter: none}; then, in a shell:", "nft add table inet srr_guard",
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
