package whatif

import (
	"slices"
	"time"

	"srr/internal/discovery"
	"srr/internal/node"
	"srr/internal/routerid"
	"srr/internal/service"
)

// machine is what is known of one node.
type machine struct {
	id          routerid.ID
	name        string // in commands and answers; unique
	down        bool   // cannot be reached
	silent      bool   // can be reached, but its srrd says nothing
	flags       discovery.NodeFlags
	incarnation uint64
	instances   []instance // sorted by service
	unknown     []string   // services that it may hold, silently
}

// instance is what is known of one service on one node.
type instance struct {
	spec    service.Spec
	state   service.State
	failure discovery.Failure
	heldOff bool
	claim   uint64
	intent  discovery.Intent
	spent   bool
}

// self is the node that asks: of it all is known.
func (p *Picture) self() *machine {
	m := &machine{id: p.RouterID, name: p.Name, flags: p.Self.Flags, incarnation: p.Self.Incarnation}
	for k := range p.Own {
		v := &p.Own[k]
		i := instance{
			spec: *v.Spec, state: v.State, failure: v.Failure, heldOff: v.HeldOff, claim: v.Claim,
			intent: p.Intents[v.Spec.Unit()], spent: v.Flags.Has(discovery.IntentSpent),
		}
		i.spec.Activation = activation(v.State)
		m.instances = append(m.instances, i)
	}
	m.sort()
	return m
}

// activation is how an instance must be configured to be again what it is.
func activation(s service.State) service.Activation {
	switch s {
	case service.Disabled:
		return service.ActivateDisabled
	case service.Inactive, service.Deactivated:
		return service.ActivateManual
	}
	return service.ActivateAuto
}

func (m *machine) sort() {
	slices.SortFunc(m.instances, func(a, b instance) int {
		if a.spec.Name < b.spec.Name {
			return -1
		}
		return 1
	})
}

// peer is another node: known as far as its records tell. Own is how the service
// is configured on the node that asks, nil if it is not.
func peer(v *node.PeerView, own func(string) *service.Spec) *machine {
	m := &machine{id: v.ID, name: v.ID.String(), down: v.Reach.State == discovery.ReachDown, silent: v.Node == nil}
	if v.Node != nil {
		m.flags, m.incarnation = v.Node.Node.Flags, v.Node.Version.Incarnation
		if v.Node.Node.Name != "" {
			m.name = v.Node.Node.Name
		}
	}
	for k := range v.Instances {
		b := v.Instances[k].Instance
		m.instances = append(m.instances, instance{
			spec: specOf(b, own(b.Service)), state: b.State, failure: b.Failure, heldOff: b.Flags.Has(discovery.HeldOff),
			claim: b.Claim, intent: b.Intent, spent: b.Flags.Has(discovery.IntentSpent),
		})
	}
	for name := range v.Unknown {
		m.unknown = append(m.unknown, name)
	}
	slices.Sort(m.unknown)
	m.sort()
	return m
}

// specOf is how a service is configured on another node: what its record tells,
// and for the rest what this node has, if its digest says that this is the same,
// or else the defaults.
func specOf(b *discovery.Instance, own *service.Spec) service.Spec {
	s := defaults()
	if own != nil && own.Digest == b.Digest {
		s = *own
	}
	s.Name, s.Group, s.DependsOn, s.Addresses = b.Service, b.Group, b.DependsOn, b.Addresses
	s.Critical, s.Preference, s.Scope, s.Digest = b.Critical, b.Preference, b.Scope, b.Digest
	s.DeadAfter, s.Activation = b.DeadAfter, service.ActivateAuto
	s.Release = service.ReleaseAddress
	if b.DeadAfter == 0 || len(b.Addresses) == 0 {
		s.Release = service.ReleaseVerified
	}
	if s.HasCheck = b.CheckInterval > 0; s.HasCheck {
		s.CheckInterval = b.CheckInterval
	}
	return s
}

// defaults are those of the configuration, for a service whose primitives are
// not known.
func defaults() service.Spec {
	s := service.Spec{
		Restarts: 3, RestartWindow: 10 * time.Minute,
		FailureTimeout: 10 * time.Minute, FailureMax: 2 * time.Hour, UnknownTimeout: 5 * time.Minute,
	}
	for _, p := range []service.Primitive{service.Activate, service.Deactivate, service.Start, service.Stop, service.Restart} {
		s.Primitives[p] = true
	}
	for p := range s.Timeout {
		s.Timeout[p] = 30 * time.Second
	}
	s.Timeout[service.Start] = time.Minute
	return s
}

// settled reports whether an instance in this state stays as it is by itself.
func settled(s service.State) bool {
	switch s {
	case service.Injected, service.Starting, service.Stopping, service.Deactivated:
		return false
	}
	return true
}

// runs lists the services that run.
func (m *machine) runs(only map[service.Unit]bool) (names []string) {
	for i := range m.instances {
		in := &m.instances[i]
		if wanted(only, in.spec.Unit()) && (in.state == service.Started || in.state == service.FailedHeld) {
			names = append(names, in.spec.Name)
		}
	}
	return names
}

// wanted reports whether a unit is among those that are looked at; nil: all are.
func wanted(only map[service.Unit]bool, u service.Unit) bool { return only == nil || only[u] }

// specs are the services that are configured.
func (m *machine) specs(only map[service.Unit]bool) (all []service.Spec) {
	for i := range m.instances {
		if wanted(only, m.instances[i].spec.Unit()) {
			all = append(all, m.instances[i].spec)
		}
	}
	return all
}

// saved is what srrd on the node would have saved in its present boot.
func (m *machine) saved(only map[service.Unit]bool, at time.Time, boot discovery.BootID) node.Past {
	past := node.Past{}
	past.Node(m.incarnation, m.flags)
	units := map[service.Unit]node.Saved{}
	for i := range m.instances {
		in := &m.instances[i]
		u := in.spec.Unit()
		if !wanted(only, u) {
			continue
		}
		was := units[u]
		was.Claim = max(was.Claim, in.claim)
		if was.Intent.Version.Less(in.intent.Version) {
			was.Intent = in.intent
		}
		if in.spent && was.Spent.Less(in.intent.Version) {
			was.Spent = in.intent.Version
		}
		units[u] = was
		if settled(in.state) && (in.state != service.Stopped || in.failure.Count > 0) {
			s := node.Saved{State: in.state, Boot: boot, Failure: in.failure, HeldOff: in.heldOff}
			if in.failure.Count > 0 {
				s.FailedAt = at
			}
			past.Instance(in.spec.Name, s)
		}
	}
	for u, s := range units {
		past.Unit(u, s)
	}
	return past
}
