package api

import "slices"

// UnitVerbs are the verbs on a unit that have a meaning in its present state, in
// the order in which a person looks for them.
func (s *Snapshot) UnitVerbs(u *Unit) []Verb {
	var v []Verb
	if u.Stopped() {
		v = append(v, Run)
	}
	if len(u.Ranking) > 1 {
		v = append(v, Move)
	}
	if u.Intent != nil && u.Intent.Kind == IntentPrefer {
		v = append(v, Unmove)
	}
	if !u.Stopped() {
		v = append(v, Stop)
	}
	return v
}

// InstanceVerbs are the verbs on one instance that have a meaning in its
// present state. They are given on the node of the instance, but for
// confirm-stopped, which others say of it.
func InstanceVerbs(svc *Service, i *Instance) (v []Verb) {
	if i.Hold == Unknown {
		return []Verb{ConfirmStopped}
	}
	if i.Failure != nil || i.Has(FlagHeldOff) || i.State == "active/failed" {
		v = append(v, Clear)
	}
	switch i.State {
	case "disabled/stopped":
		return append(v, Enable)
	case "inactive/stopped", "failed/stopped":
		return append(v, Activate, Disable)
	case "deactivated/stopped":
		return append(v, Activate, Disable)
	case "active/failed held":
		return []Verb{ConfirmStopped}
	case "active/started":
		if svc.answers("restart") {
			v = append(v, Restart)
		}
		if svc.answers("reload") {
			v = append(v, Reload)
		}
		if svc.CheckIntervalSeconds > 0 {
			v = append(v, CheckNow)
		}
		if !slices.Contains(v, Clear) { // used restarts
			v = append(v, Clear)
		}
		return append(v, Deactivate, Disable)
	case "injected/stopped", "active/stopped", "active/starting", "active/stopping", "active/failed":
		return append(v, Deactivate, Disable)
	}
	return nil
}

func (s *Service) answers(primitive string) bool { return slices.Contains(s.Primitives, primitive) }

// NodeVerbs are the verbs on a node that have a meaning in its present state.
// They are given there.
func NodeVerbs(n *Node) []Verb {
	if n.State != NodeUp {
		return nil
	}
	drain := Drain
	if n.Has(FlagDrained) {
		drain = Undrain
	}
	return []Verb{drain, Maintenance, ReloadConfig, Detach, Shutdown}
}
