package daemon

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"srr/internal/api"
	"srr/internal/discovery"
	"srr/internal/node"
	"srr/internal/routerid"
	"srr/internal/service"
)

var nodeFlagNames = []struct {
	flag discovery.NodeFlags
	word string
}{
	{discovery.Drained, api.FlagDrained},
	{discovery.Maintenance, api.FlagMaintenance},
	{discovery.CutOff, api.FlagCutOff},
	{discovery.JoinGate, api.FlagJoinGate},
	{discovery.Settled, "settled"},
	{discovery.SelfDoubt, api.FlagSelfDoubt},
	{discovery.NotDurable, api.FlagNotDurable},
	{discovery.NodeLeaving, api.FlagLeaving},
	{discovery.Detached, api.FlagDetached},
	{discovery.DrainHard, "stops what cannot leave"},
	{discovery.Duplicate, api.FlagDuplicate},
}

func nodeFlagWords(f discovery.NodeFlags) (words []string) {
	for _, n := range nodeFlagNames {
		if f.Has(n.flag) {
			words = append(words, n.word)
		}
	}
	return words
}

var instanceFlagNames = []struct {
	flag discovery.InstanceFlags
	word string
}{
	{discovery.Released, api.FlagReleased},
	{discovery.Recovering, api.FlagRecovering},
	{discovery.HeldOff, api.FlagHeldOff},
	{discovery.Leaving, api.FlagLeaving},
	{discovery.Announced, api.FlagAnnounced},
	{discovery.Lacking, api.FlagLacking},
}

func instanceFlagWords(f discovery.InstanceFlags) (words []string) {
	for _, n := range instanceFlagNames {
		if f.Has(n.flag) {
			words = append(words, n.word)
		}
	}
	return words
}

func hexDigest(d [8]byte) string { return hex.EncodeToString(d[:]) }

func sortNodes(ns []api.Node) {
	slices.SortFunc(ns, func(a, b api.Node) int { return cmp.Compare(a.RouterID, b.RouterID) })
}

// alarmView sorts an alarm of the core by its key: the first word is its code,
// the second what it is about.
func alarmView(a node.Alarm, since time.Time) api.Alarm {
	code, subject, _ := strings.Cut(a.Key, " ")
	v := api.Alarm{Severity: api.Warning, Code: code, Since: since, Text: a.Text}
	switch code {
	case "medium":
		v.Severity, v.Advice = api.Critical, "srrctl doctor; is ospfd running, with -a?"
	case "cut":
		v.Severity, v.Code = api.Critical, a.Key
		v.Advice = "look at the links and routers next to this node; vtysh -c 'show ip ospf neighbor'"
	case "duplicate":
		v.Severity, v.Code = api.Critical, "duplicate-router-id"
		v.Advice = "give every node a router ID of its own, then restart srrd"
	case "failed":
		v.Service, v.Advice = subject, "srrctl output "+subject+"; when it is mended: srrctl clear "+subject
	case "check", "last", "stray", "clash", "address", "differs", "refused":
		v.Service, v.Advice = subject, "srrctl show "+subject
	case "record":
		v.Advice = "srrctl lsdb --raw --advertiser " + subject
	case "signature":
		v.Severity = api.Critical
		v.Advice = "is it a node without a key, or somebody else? srrctl lsdb --advertiser " + subject + "; docs/operating.md, signed records"
	case "peers":
		v.Advice = "srrctl lsdb: who floods them? Ospfd can authenticate its links"
	case "state":
		v.Code, v.Advice = "not-durable", "make room on the disk of the state directory"
	case "routing":
		v.Severity, v.Advice = api.Critical, "srrctl doctor"
	case node.Unsettled:
		v.Advice = "report it, with srrctl explain of the unit and srrctl events"
	}
	return v
}

func scopeWord(s service.Scope) string {
	switch s.Kind {
	case service.ScopeAS:
		return "as"
	case service.ScopeArea:
		return "area " + routerid.ID(s.Area).String()
	case service.ScopeLink:
		return "link " + s.Link
	}
	return ""
}

// intentWords is an intent as the database shows it, with its version: the
// highest counter wins.
func intentWords(in discovery.Intent) string {
	text := "intent run"
	switch in.Kind {
	case discovery.IntentStopped:
		text = "intent stopped"
	case discovery.IntentPrefer:
		text = "intent move to " + in.Target.String()
		if !in.Until.IsZero() {
			text += " until " + in.Until.UTC().Format(time.RFC3339)
		}
	}
	return fmt.Sprintf("%s, by %q because %q, counter %d of %s", text, in.Author, in.Reason, in.Version.Counter, in.Version.Author)
}

// confirmedWords are operators' words that something does not run.
func confirmedWords(cs []discovery.Confirmation) (lines []string) {
	for _, c := range cs {
		lines = append(lines, fmt.Sprintf("confirmed: %s does not run on %s, incarnation %d", c.Service, c.Node, c.Incarnation))
	}
	return lines
}

func intentView(in discovery.Intent) *api.Intent {
	v := &api.Intent{Author: in.Author, Reason: in.Reason, Node: in.Target, Until: in.Until}
	switch in.Kind {
	case discovery.IntentStopped:
		v.Kind = api.IntentStopped
	case discovery.IntentPrefer:
		v.Kind = api.IntentPrefer
	default:
		v.Kind = api.IntentRun
	}
	return v
}
