package api

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"srr/internal/service"
)

// What a verb takes. What it does not take must be absent.
type takes uint16

const (
	takesService takes = 1 << iota
	takesUnit
	takesNode
	takesUntil
	takesStopRest
	takesOn
	takesPending
	takesYes
	onThisNode // the service or unit must be configured on the answering node
)

// verbs is the table of all verbs.
var verbs = map[Verb]takes{
	Activate:       takesService | onThisNode,
	Deactivate:     takesService | onThisNode | takesYes,
	Enable:         takesService | onThisNode,
	Disable:        takesService | onThisNode,
	Start:          takesUnit | takesUntil | onThisNode,
	Move:           takesUnit | takesNode | takesUntil,
	Unmove:         takesUnit,
	Stop:           takesUnit | takesYes,
	Run:            takesUnit,
	Restart:        takesService | onThisNode,
	Reload:         takesService | onThisNode,
	CheckNow:       takesService | onThisNode,
	Clear:          takesService | onThisNode,
	ConfirmStopped: takesService | takesNode | takesYes,
	Drain:          takesStopRest | takesYes,
	Undrain:        0,
	Maintenance:    takesOn,
	ReloadConfig:   takesPending,
	Detach:         takesYes,
	Shutdown:       takesStopRest | takesYes,
}

// maxReason is what fits in a record (discovery.Intent).
const maxReason = 64

// invalid is a request that has no meaning, whatever the state.
type invalid struct{ text string }

func (e *invalid) Error() string { return e.text }

func invalidf(format string, args ...any) error { return &invalid{fmt.Sprintf(format, args...)} }

// resolve turns a request into a command by what the snapshot knows. Its
// errors are *invalid, *Refusal or wrap ErrNotFound.
func (r *Request) resolve(s *Snapshot, now time.Time, author string) (Command, error) {
	t, known := verbs[r.Verb]
	if !known {
		return Command{}, invalidf("unknown verb %q", r.Verb)
	}
	if err := r.checkForm(t, now); err != nil {
		return Command{}, err
	}
	c := Command{
		Verb: r.Verb, Service: r.Service, Until: r.Until.Truncate(time.Second), Reason: r.Reason,
		StopRest: r.StopRest, On: r.On, Pending: r.Pending, Confirmed: r.Confirmed,
		Author: author,
	}
	if r.Service != "" {
		svc, err := s.FindService(r.Service)
		if err != nil {
			return Command{}, err
		}
		if t&onThisNode != 0 && !svc.Local {
			return Command{}, notHere(s, r.Verb, svc)
		}
	}
	if r.Unit != "" {
		u, err := s.FindUnit(r.Unit)
		if err != nil {
			return Command{}, err
		}
		c.Unit = u
		if member := s.anyMember(u); t&onThisNode != 0 && member != nil && !s.localUnit(u) {
			return Command{}, notHere(s, r.Verb, member)
		}
	}
	if r.Node != "" {
		n, err := s.FindNode(r.Node)
		if err != nil {
			return Command{}, err
		}
		c.Node = n.RouterID
	}
	if r.Verb == ConfirmStopped && !r.Confirmed {
		return Command{}, confirmStoppedRisk(r.Service, s.NodeTitle(c.Node))
	}
	return c, nil
}

// confirmStoppedRisk says what a wrong confirmation does.
func confirmStoppedRisk(svc, node string) error {
	return &Refusal{
		Rule:     "needs-confirmation",
		Text:     fmt.Sprintf("you are about to state that %s does not run on %s; another node may start it at once, and if it does run there, it runs twice: clients see two answers, and a disk or database that both write is destroyed", svc, node),
		Advice:   fmt.Sprintf("make sure that %s is switched off, or that nothing of %s runs there and its address is gone; then confirm with --yes", node, svc),
		NeedsYes: true,
	}
}

// checkForm finds what is missing, too much or malformed.
func (r *Request) checkForm(t takes, now time.Time) error {
	fields := []struct {
		name     string
		given    bool
		allowed  bool
		required bool
	}{
		{"a service", r.Service != "", t&takesService != 0, true},
		{"a service or group", r.Unit != "", t&takesUnit != 0, true},
		{"a node", r.Node != "", t&takesNode != 0, true},
		{"a time", !r.Until.IsZero(), t&takesUntil != 0, false},
		{"stop_rest", r.StopRest, t&takesStopRest != 0, false},
		{"on", r.On, t&takesOn != 0, false},
		{"pending", r.Pending, t&takesPending != 0, false},
	}
	for _, f := range fields {
		if f.given && !f.allowed {
			return invalidf("%s does not take %s", r.Verb, f.name)
		}
		if !f.given && f.allowed && f.required {
			return invalidf("%s needs %s", r.Verb, f.name)
		}
	}
	if !r.Until.IsZero() && !r.Until.After(now) {
		return invalidf("until %s is in the past", r.Until.Format(time.RFC3339))
	}
	if len(r.Reason) > maxReason || !Printable(r.Reason) {
		return invalidf("the reason must be one printable line of at most %d bytes", maxReason)
	}
	return nil
}

// Printable reports whether s is valid UTF-8 without control or formatting
// characters.
func Printable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
}

func (s *Snapshot) anyMember(u service.Unit) *Service {
	for i := range s.Services {
		if s.Services[i].Unit() == u {
			return &s.Services[i]
		}
	}
	return nil
}

func (s *Snapshot) localUnit(u service.Unit) bool {
	for i := range s.Services {
		if s.Services[i].Unit() == u && s.Services[i].Local {
			return true
		}
	}
	return false
}

// notHere refuses a verb that acts on the local instance where there is none.
func notHere(s *Snapshot, v Verb, svc *Service) error {
	var nodes []string
	for i := range svc.Instances {
		nodes = append(nodes, svc.Instances[i].Title())
	}
	r := &Refusal{
		Rule: "not-here",
		Text: fmt.Sprintf("%s acts on this node, and %s is not configured on %s", v, svc.Name, s.Node),
	}
	if len(nodes) > 0 {
		r.Advice = fmt.Sprintf("give the command on %s, or from elsewhere with --server and --on", strings.Join(nodes, " or "))
	}
	return r
}
