package daemon

import (
	"slices"
	"time"

	"srr/internal/api"
	"srr/internal/discovery"
	"srr/internal/node"
	"srr/internal/routerid"
)

// publisher makes snapshots, but no more often than publishEvery, nor for more than
// about a tenth of the time: a failover of a thousand services must not wait for
// people's pictures of it.
type publisher struct {
	sequence uint64
	due      time.Duration // when the next one is to be made; 0: nothing changed
	last     time.Duration
	took     time.Duration        // the last one
	alarms   map[string]time.Time // since when
	peers    map[routerid.ID]peerSince
}

type peerSince struct {
	state string
	at    time.Time
}

const (
	publishEvery = 100 * time.Millisecond
	publishMax   = 500 * time.Millisecond // however long one takes
)

// pause is how long after one picture the next may be made.
func (p *publisher) pause() time.Duration {
	return min(max(publishEvery, 10*p.took), publishMax)
}

// publishSoon publishes now, or when enough time has passed since the last one.
func (d *Daemon) publishSoon(changed bool) {
	v := &d.view
	now := bootTime()
	if changed && v.due == 0 {
		v.due = max(now, v.last+v.pause())
	}
	if v.due == 0 && now-v.last > 2*time.Second {
		v.due = now // check times go on
	}
	if v.due != 0 && v.due <= now {
		d.publish()
	}
}

func (d *Daemon) publish() {
	v := &d.view
	v.due, v.last = 0, bootTime()
	v.sequence++
	s := d.build()
	d.snapshot.Store(&s)
	d.server.Changed()
	d.notices.Changed()
	d.meter.Changed()
	if d.console != nil {
		d.console.Changed()
	}
	v.took = bootTime() - v.last
}

// build turns the core's state into the API's words.
func (d *Daemon) build() api.Snapshot {
	self := d.core.Self()
	peers := d.core.Peers()
	s := api.Snapshot{
		Cluster: d.cfg.Cluster, RouterID: d.cfg.RouterID, Node: d.cfg.Name, Software: d.opt.Software,
		At: time.Now(), Sequence: d.view.sequence,
		Medium: d.mediumView(), Gate: gateView(self), Alarms: d.alarmViews(),
	}
	s.Nodes = d.nodeViews(self, peers)
	b := newCatalog(d, peers)
	s.Services, s.Units = b.services(), b.units()
	return s
}

func (d *Daemon) mediumView() api.Medium {
	up, since, why := d.core.MediumUp()
	m := api.Medium{Kind: "ospf (frr)", State: api.MediumUp, Error: why, Neighbors: d.core.FullNeighbors()}
	if !up {
		m.State = api.MediumDown
		if why == "" {
			m.State = api.MediumConnecting
		}
		return m
	}
	m.Since = wall(since)
	return m
}

// wall translates boot time for people.
func wall(at time.Duration) time.Time {
	return time.Now().Add(at - bootTime()).Truncate(time.Millisecond)
}

func gateView(s node.SelfView) api.Gate {
	switch {
	case s.CutOff:
		return api.Gate{State: api.GateCutOff, Reasons: []string{"no OSPF neighbor is Full"}}
	case !s.GateOpen:
		return api.Gate{State: api.GateJoining, Reasons: []string{s.GateWhy}}
	}
	return api.Gate{State: api.GateOpen}
}

func (d *Daemon) alarmViews() []api.Alarm {
	seen := map[string]time.Time{}
	out := []api.Alarm{}
	for _, a := range d.core.Alarms() {
		at, ok := d.view.alarms[a.Key]
		if !ok {
			at = time.Now()
		}
		seen[a.Key] = at
		out = append(out, alarmView(a, at))
	}
	d.view.alarms = seen
	return slices.Concat(out, d.configAlarms(), d.apiAlarms(), d.redistributionAlarms(time.Now()), d.announcementAlarms(), d.certificateAlarms(time.Now()))
}

func (d *Daemon) nodeViews(self node.SelfView, peers []node.PeerView) []api.Node {
	out := []api.Node{{
		RouterID: d.cfg.RouterID, Name: d.cfg.Name, Self: true, State: api.NodeUp,
		Software: d.opt.Software, Flags: nodeFlagWords(self.Flags), Incarnation: self.Incarnation,
	}}
	if c := d.cfg.Console.Told; c.IsValid() {
		out[0].Console = c.String()
	}
	since := map[routerid.ID]peerSince{}
	witnesses := suspectedBy(peers)
	for i := range peers {
		p := &peers[i]
		v := api.Node{RouterID: p.ID, State: peerState(p), Source: p.Reach.Source}
		if by, suspected := witnesses[p.ID]; suspected && v.State == api.NodeUp {
			v.State, v.Source = api.NodeSuspect, "not a neighbor of "+by.String()+" any more"
		}
		if p.Node != nil {
			b := p.Node.Node
			v.Name, v.Software, v.Flags = b.Name, b.Software, nodeFlagWords(b.Flags)
			v.Suspects, v.Incarnation = b.Suspects, p.Node.Version.Incarnation
			if b.Console.IsValid() {
				v.Console = b.Console.String()
			}
		}
		was, ok := d.view.peers[p.ID]
		if !ok || was.state != v.State {
			was = peerSince{v.State, time.Now()}
		}
		since[p.ID], v.Since = was, was.at
		out = append(out, v)
	}
	d.view.peers = since
	sortNodes(out)
	return out
}

// suspectedBy names, of each node that another one believes to be down although the
// network reaches it, the lowest one that says so.
func suspectedBy(peers []node.PeerView) map[routerid.ID]routerid.ID {
	by := map[routerid.ID]routerid.ID{}
	for i := range peers {
		p := &peers[i]
		if p.Node == nil || p.Reach.State == discovery.ReachDown {
			continue
		}
		for _, id := range p.Node.Node.Suspects {
			if old, known := by[id]; !known || p.ID < old {
				by[id] = p.ID
			}
		}
	}
	return by
}

func peerState(p *node.PeerView) string {
	switch {
	case p.Reach.State == discovery.ReachDown:
		return api.NodeDown
	case p.Reach.State == discovery.ReachSuspect:
		return api.NodeSuspect
	case p.Node == nil:
		return api.NodeSilent
	}
	return api.NodeUp
}

// instanceView is a record of another node in the API's words.
func instanceView(p *node.PeerView, r *discovery.Record) api.Instance {
	b := r.Instance
	v := api.Instance{
		RouterID: p.ID, State: b.State.String(), Claim: b.Claim, Failure: failureView(b.Failure),
		Flags: instanceFlagWords(b.Flags), Preference: b.Preference, Hold: api.Released,
		Digest: hexDigest(b.Digest), DeadAfterSeconds: b.DeadAfter.Seconds(),
	}
	if p.Node != nil {
		v.Node = p.Node.Node.Name
	}
	if b.Holds() && p.Reach.State != discovery.ReachDown {
		v.Hold = api.Held
	}
	if b.CheckInterval > 0 {
		v.Health = b.Health.String()
		if !b.CheckedAt.IsZero() {
			v.Check = &api.LastCheck{At: b.CheckedAt}
		}
	}
	for _, a := range b.Addresses {
		v.Addresses = append(v.Addresses, api.Address{Address: a.String(), Announced: b.Flags.Has(discovery.Announced)})
	}
	return v
}

func failureView(f discovery.Failure) *api.Failure {
	if f.Count == 0 {
		return nil
	}
	return &api.Failure{Code: f.Code.String(), Exit: f.Exit, Text: f.Text, Count: f.Count}
}
