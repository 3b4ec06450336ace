package daemon

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"

	"srr/internal/api"
	"srr/internal/discovery"
	"srr/internal/node"
	"srr/internal/routerid"
	"srr/internal/service"
)

// catalog collects the services of all nodes for a snapshot.
type catalog struct {
	d      *Daemon
	local  map[string]node.InstanceView
	byName map[string]*api.Service
}

func newCatalog(d *Daemon, peers []node.PeerView) *catalog {
	c := &catalog{d: d, local: map[string]node.InstanceView{}, byName: map[string]*api.Service{}}
	for _, i := range d.core.Instances() {
		c.local[i.Spec.Name] = i
		s := c.service(i.Spec.Name, i.Spec.Group, i.Spec.DependsOn, i.Spec.Addresses, i.Spec.Critical, i.Spec.Scope)
		s.Local, s.CheckIntervalSeconds = true, i.Spec.CheckInterval.Seconds()
		s.Agent = d.agentWord(i.Spec.Name)
		for p := range service.NumPrimitives {
			if i.Spec.Primitives[p] {
				s.Primitives = append(s.Primitives, p.String())
			}
		}
		s.Instances = append(s.Instances, c.localInstance(&i))
	}
	for k := range peers {
		c.addPeer(&peers[k])
	}
	return c
}

func (c *catalog) service(name, group string, deps []string, addrs []netip.Addr, critical bool, scope service.Scope) *api.Service {
	s := c.byName[name]
	if s != nil {
		return s
	}
	s = &api.Service{Name: name, Kind: "network", Group: group, DependsOn: deps, Critical: critical, Scope: scopeWord(scope)}
	if len(addrs) == 0 {
		s.Kind = "resource"
	}
	for _, a := range addrs {
		s.Addresses = append(s.Addresses, a.String())
	}
	c.byName[name] = s
	return s
}

func (c *catalog) addPeer(p *node.PeerView) {
	for k := range p.Instances {
		r := &p.Instances[k]
		b := r.Instance
		s := c.service(b.Service, b.Group, b.DependsOn, b.Addresses, b.Critical, b.Scope)
		v := instanceView(p, r)
		if own, ok := c.local[b.Service]; ok {
			v.Differs = own.Spec.Digest != b.Digest
		}
		s.Instances = append(s.Instances, v)
	}
	for name, why := range p.Unknown {
		if s := c.byName[name]; s != nil {
			s.Instances = append(s.Instances, api.Instance{RouterID: p.ID, State: "unknown", Hold: api.Unknown, HoldReason: why})
		}
	}
}

func (c *catalog) localInstance(i *node.InstanceView) api.Instance {
	d := c.d
	v := api.Instance{
		RouterID: d.cfg.RouterID, Node: d.cfg.Name, State: i.State.String(), Since: i.Since,
		Reason: string(i.Reason), Detail: i.Detail, Claim: i.Claim, Failure: failureView(i.Failure),
		Flags: instanceFlagWords(i.Flags), Preference: i.Spec.Preference, Hold: api.Released,
		Digest: hexDigest(i.Spec.Digest), DeadAfterSeconds: i.Spec.DeadAfter.Seconds(), Stays: i.Stays,
	}
	if i.State.Held() && !i.Flags.Has(discovery.Released) {
		v.Hold = api.Held
	}
	if i.Spec.HasCheck && i.State == service.Started {
		v.Health = i.Health.String()
		v.Check = &api.LastCheck{At: i.CheckedAt, Text: i.CheckText}
	}
	for _, a := range i.Spec.Addresses {
		s := d.applied.states[a]
		av := api.Address{Address: a.String(), Owned: s.Owned, Announced: s.Announced}
		if s.Err != nil {
			av.Error = s.Err.Error()
		}
		v.Addresses = append(v.Addresses, av)
	}
	switch {
	case i.Pending != "":
		v.Pending = &api.Pending{Action: "primitive " + i.Pending}
	case i.Waits != "" && (i.State == service.Starting || i.State == service.Stopping || i.State == service.Injected):
		v.Pending = &api.Pending{Action: i.Waits}
	}
	return v
}

func (c *catalog) services() []api.Service {
	out := make([]api.Service, 0, len(c.byName))
	for _, name := range slices.Sorted(maps.Keys(c.byName)) {
		s := c.byName[name]
		slices.SortFunc(s.Instances, func(a, b api.Instance) int { return cmp.Compare(a.RouterID, b.RouterID) })
		out = append(out, *s)
	}
	return out
}

// units lists groups and single services with the ranking as seen here.
func (c *catalog) units() []api.Unit {
	members := map[service.Unit][]string{}
	for _, name := range slices.Sorted(maps.Keys(c.byName)) {
		u := c.byName[name].Unit()
		members[u] = append(members[u], name)
	}
	intents, missing := c.d.core.Intents(), c.d.core.Missing()
	out := make([]api.Unit, 0, len(members))
	for _, u := range slices.SortedFunc(maps.Keys(members), func(a, b service.Unit) int { return cmp.Compare(a.Name, b.Name) }) {
		v := api.Unit{Name: u.Name, Group: u.Group, Members: members[u]}
		if in, ok := intents[u]; ok {
			v.Intent = intentView(in)
		}
		v.Ranking, v.Eligible = c.ranking(u)
		for _, name := range members[u] {
			v.Missing = append(v.Missing, missing[name]...)
		}
		slices.Sort(v.Missing)
		v.Missing = slices.Compact(v.Missing)
		out = append(out, v)
	}
	return out
}

func (c *catalog) ranking(u service.Unit) (ids []routerid.ID, eligible int) {
	for _, r := range c.d.core.Ranking(u) {
		ids = append(ids, r.Node)
		if r.Eligible() {
			eligible++
		}
	}
	return ids, eligible
}
