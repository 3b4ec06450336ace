package api

import (
	"strings"
	"time"

	"srr/internal/service"
)

// Runs reports whether the instance is started, and not merely the last word
// of a node that cannot be reached any more.
func (i *Instance) Runs() bool {
	return i.State == service.Started.String() && i.Hold != Released
}

// Occupies reports whether something of the service is on the instance's node, or
// may be: also what holds nobody up any more, while it is still being stopped.
func (i *Instance) Occupies() bool {
	var s service.State
	return i.Hold != Released || s.UnmarshalText([]byte(i.State)) == nil && s.Held()
}

// Running returns the instances that run.
func (s *Service) Running() []*Instance {
	var r []*Instance
	for i := range s.Instances {
		if s.Instances[i].Runs() {
			r = append(r, &s.Instances[i])
		}
	}
	return r
}

// Between returns the instances that are starting or stopping.
func (s *Service) Between() []*Instance {
	var r []*Instance
	for i := range s.Instances {
		if st := s.Instances[i].State; st == service.Starting.String() || st == service.Stopping.String() {
			r = append(r, &s.Instances[i])
		}
	}
	return r
}

func (s *Snapshot) serviceProblems(svc *Service) []Problem {
	var p []Problem
	running := svc.Running()
	switch {
	case len(running) == 0 && !svc.offered():
		p = append(p, Problem{Notice, svc.Name, "not activated on any node", time.Time{}, "srrctl activate " + svc.Name})
	case len(running) == 0 && !s.explained(svc):
		p = append(p, notRunning(svc))
	case len(running) > 1:
		p = append(p, Problem{Critical, svc.Name, "runs on " + titles(running) + " at once", newest(running), "srrctl explain " + svc.Name})
	}
	for i := range svc.Instances {
		p = append(p, instanceProblems(svc, &svc.Instances[i])...)
	}
	return p
}

// offered reports whether some node takes part, or tried to.
func (s *Service) offered() bool {
	for i := range s.Instances {
		switch s.Instances[i].State {
		case service.Disabled.String(), service.Inactive.String(), service.Deactivated.String():
		default:
			return true
		}
	}
	return false
}

// explained reports whether the problems of its unit say already why the
// service does not run.
func (s *Snapshot) explained(svc *Service) bool {
	for i := range s.Units {
		if u := &s.Units[i]; u.Name == svc.Unit().Name && u.Group == svc.Unit().Group {
			return u.Stopped() || u.Eligible == 0 && len(svc.Between()) == 0
		}
	}
	return false
}

func notRunning(svc *Service) Problem {
	severity := Critical
	if svc.Group != "" && !svc.Critical {
		severity = Warning
	}
	if between := svc.Between(); len(between) > 0 {
		var what []string
		for _, i := range between {
			_, run, _ := strings.Cut(i.State, "/")
			text := run + " on " + i.Title()
			if i.Pending != nil {
				text += " (waits for " + i.Pending.Action + ")"
			}
			what = append(what, text)
		}
		return Problem{severity, svc.Name, "not running: " + strings.Join(what, ", "), newest(between), "srrctl explain " + svc.Name}
	}
	return Problem{severity, svc.Name, "runs nowhere", time.Time{}, "srrctl explain " + svc.Name}
}

func instanceProblems(svc *Service, i *Instance) []Problem {
	on := "on " + i.Title()
	var p []Problem
	add := func(sev Severity, text, advice string) {
		p = append(p, Problem{sev, svc.Name, text, i.Since, advice})
	}
	started := i.Runs()
	switch {
	case i.State == service.FailedHeld.String():
		add(Warning, on+": "+failureText(i.Failure)+"; may still run there and blocks the others", "make sure that it does not run there, then: srrctl confirm-stopped "+i.Title()+" "+svc.Name)
	case i.State == service.FailedReleased.String():
		add(Warning, on+": "+failureText(i.Failure), "there: srrctl output "+svc.Name+"; srrctl clear "+svc.Name)
	case i.State == service.Refused.String():
		add(Warning, on+": could not be activated: "+failureText(i.Failure), "there: srrctl activate "+svc.Name)
	case i.Hold == Unknown:
		add(Warning, on+": "+join("nobody knows whether it runs", i.HoldReason), "make sure that it does not run there, then: srrctl confirm-stopped "+i.Title()+" "+svc.Name)
	case started && i.Has(FlagRecovering):
		add(Warning, on+": is being restarted in place", "there: srrctl output "+svc.Name)
	case started && (i.Health == "down" || i.Health == "unknown") && i.Check != nil:
		add(Warning, on+": "+join("health is "+i.Health, i.Check.Text), "there: srrctl output "+svc.Name+" check")
	}
	if i.Has(FlagHeldOff) {
		add(Notice, on+": held off after a failure; displaces no running holder", "there: srrctl clear "+svc.Name)
	}
	if i.Differs {
		add(Warning, on+": its configuration differs from the running instance's", "srrctl show "+svc.Name)
	}
	for _, a := range i.Addresses {
		if a.Error != "" {
			severity := Warning
			if started {
				severity = Critical
			}
			add(severity, on+": address "+a.Address+": "+a.Error, "srrctl doctor")
		}
	}
	return p
}

// failureText is the failure in one line.
func failureText(f *Failure) string {
	if f == nil {
		return "failed"
	}
	return join(f.Code, f.Text) + count(f.Count)
}

func titles(in []*Instance) string {
	var names []string
	for _, i := range in {
		names = append(names, i.Title())
	}
	return strings.Join(names, " and ")
}

func newest(in []*Instance) time.Time {
	var t time.Time
	for _, i := range in {
		if i.Since.After(t) {
			t = i.Since
		}
	}
	return t
}
