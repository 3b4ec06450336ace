package api

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Problem is something that an operator should know first.
type Problem struct {
	Severity Severity  `json:"severity"`
	Subject  string    `json:"subject"` // "web", "group shop", "node n2", "this node"
	Text     string    `json:"text"`
	Since    time.Time `json:"since,omitzero"`
	Advice   string    `json:"advice,omitempty"` // what to do, often a command
}

var severityOrder = map[Severity]int{Critical: 0, Warning: 1, Notice: 2}

// Problems lists what is wrong, worst first.
func (s *Snapshot) Problems() []Problem {
	p := append(s.OwnProblems(), s.ClusterProblems()...)
	slices.SortStableFunc(p, func(a, b Problem) int {
		return cmp.Compare(severityOrder[a.Severity], severityOrder[b.Severity])
	})
	return p
}

// OwnProblems are those that the answering node alone knows: its medium, its gate,
// its alarms.
func (s *Snapshot) OwnProblems() []Problem {
	p := s.selfProblems()
	for i := range s.Alarms {
		p = append(p, s.alarmProblem(&s.Alarms[i]))
	}
	return p
}

// ClusterProblems are those of units, services and nodes, which every node sees.
func (s *Snapshot) ClusterProblems() []Problem {
	var p []Problem
	for i := range s.Units {
		p = append(p, s.unitProblems(&s.Units[i])...)
	}
	for i := range s.Services {
		p = append(p, s.serviceProblems(&s.Services[i])...)
	}
	for i := range s.Nodes {
		p = append(p, nodeProblems(&s.Nodes[i])...)
	}
	return p
}

// Degraded reports whether one of the problems is more than a notice.
func Degraded(problems []Problem) bool {
	return slices.ContainsFunc(problems, func(p Problem) bool { return p.Severity != Notice })
}

func (s *Snapshot) selfProblems() []Problem {
	var p []Problem
	if s.Medium.State != MediumUp {
		text := "the medium (" + s.Medium.Kind + ") is " + s.Medium.State
		if s.Medium.Error != "" {
			text += ": " + s.Medium.Error
		}
		p = append(p, Problem{Critical, "this node", text, s.Medium.Since, "srrctl doctor"})
	}
	switch reasons := strings.Join(s.Gate.Reasons, "; "); s.Gate.State {
	case GateCutOff:
		p = append(p, Problem{Critical, "this node", join("cut off: starts nothing, announces nothing", reasons), s.Gate.Since, "look at the links and routers next to this node"})
	case GateJoining:
		p = append(p, Problem{Notice, "this node", join("joining: starts nothing yet", reasons), s.Gate.Since, ""})
	}
	return p
}

func (s *Snapshot) alarmProblem(a *Alarm) Problem {
	subject := a.Service
	if a.RouterID != 0 {
		subject = strings.TrimSpace(subject + " node " + s.NodeTitle(a.RouterID))
	}
	return Problem{a.Severity, cmp.Or(subject, "cluster"), a.Text, a.Since, a.Advice}
}

func (s *Snapshot) unitProblems(u *Unit) []Problem {
	name := u.Title()
	if u.Stopped() {
		text := "stopped by " + cmp.Or(u.Intent.Author, "an operator")
		return []Problem{{Notice, name, join(text, u.Intent.Reason), time.Time{}, "srrctl run " + u.Word()}}
	}
	switch {
	case u.Eligible == 0:
		return []Problem{{Critical, name, "runs nowhere: no node may run it", time.Time{}, "srrctl explain " + u.Word()}}
	case u.Eligible == 1 && s.candidates(u)+len(u.Missing) > 1:
		return []Problem{{Warning, name, "no other node could take it over", time.Time{}, "srrctl explain " + u.Word()}}
	case u.Eligible == 1:
		return []Problem{{Notice, name, "configured on one node only", time.Time{}, ""}}
	}
	return nil
}

// candidates is how many nodes have the unit configured.
func (s *Snapshot) candidates(u *Unit) int {
	n := 0
	for i := range s.Services {
		if slices.Contains(u.Members, s.Services[i].Name) {
			n = max(n, len(s.Services[i].Instances))
		}
	}
	return n
}

// Stopped reports whether an operator stopped the unit.
func (u *Unit) Stopped() bool { return u.Intent != nil && u.Intent.Kind == IntentStopped }

// Title is the unit in words.
func (u *Unit) Title() string {
	if u.Group {
		return "group " + u.Name
	}
	return u.Name
}

// Word is what to type for the unit.
func (u *Unit) Word() string {
	if u.Group {
		return "group/" + u.Name
	}
	return u.Name
}

// neighbors shows what OSPF says of the links of a node.
const neighbors = "vtysh -c 'show ip ospf neighbor'"

func nodeProblems(n *Node) []Problem {
	subject := "node " + n.Title()
	var p []Problem
	switch n.State {
	case NodeDown:
		p = append(p, Problem{Warning, subject, "cannot be reached", n.Since, "look at its power and its links; there: " + neighbors})
	case NodeSuspect:
		p = append(p, Problem{Warning, subject, join("suspected to be down", n.Source), n.Since, ""})
	case NodeSilent:
		p = append(p, Problem{Warning, subject, "reachable, but its daemon says nothing", n.Since, "there: systemctl status srrd"})
	}
	flags := []struct {
		flag, text, advice string
		severity           Severity
	}{
		{FlagCutOff, "cut off from all routers", "there: " + neighbors, Warning},
		{FlagNotDurable, "cannot write its state to the disk", "there: df -h /var/lib/srr", Warning},
		{FlagSelfDoubt, "was paused or starved lately", "", Warning},
		{FlagDetached, "detached: services run without a daemon", "there: systemctl start srrd", Warning},
		{FlagMaintenance, "in maintenance: nothing is touched there", "there: srrctl maintenance off", Notice},
		{FlagDrained, "drained", "there: srrctl undrain", Notice},
		{FlagJoinGate, "joining: starts nothing yet", "", Notice},
	}
	for _, f := range flags {
		if n.Has(f.flag) && !(n.Self && (f.flag == FlagCutOff || f.flag == FlagJoinGate)) {
			p = append(p, Problem{f.severity, subject, f.text, time.Time{}, f.advice})
		}
	}
	return p
}

// join puts a detail behind a text.
func join(text, detail string) string {
	if detail == "" {
		return text
	}
	return text + ": " + detail
}

func count(n int) string {
	if n <= 1 {
		return ""
	}
	return fmt.Sprintf(" (%d times)", n)
}
