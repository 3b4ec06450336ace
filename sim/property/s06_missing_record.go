package property

import (
	"fmt"
	"time"

	"srr/internal/discovery"
	"srr/sim/host"
)

// noStartWithoutRecord is the other half of S6: who says that all it holds has a record
// is not free of what has none here. The record is still on its way, or was lost once.
type noStartWithoutRecord struct{ *truth }

func (p *noStartWithoutRecord) see(e *host.Effect) string {
	name := startBegins(e)
	if name == "" {
		return ""
	}
	s := e.Host.Spec(name)
	for _, o := range p.world.Hosts {
		if o == e.Host || o.Spec(name) == nil || p.stoodStill(e.Host) || p.stoodStill(o) || p.world.Lied(o, name) {
			continue
		}
		if since, held := p.holds(o, s); held && p.onItsWay(e.Host, o, name, since) {
			return fmt.Sprintf("%s starts %s, which %s holds since %.3f, without its record", e.Host.Name, name, o.Name, since.Seconds())
		}
	}
	return ""
}

// onItsWay: a machine has the present node record of another one, which was written when
// that held the service already and had settled, and lacks the record of the service.
func (p *noStartWithoutRecord) onItsWay(m, other *host.Host, name string, since time.Duration) bool {
	reached, ok := m.Router.ReachedSince(other.ID)
	if !ok || !other.Awake() {
		return false
	}
	said, written := p.nodeRecord(other, other)
	here, came := p.nodeRecord(m, other)
	if said == nil || here == nil || here.Version != said.Version || !here.Node.Flags.Has(discovery.Settled) || written <= since {
		return false
	}
	for x, r := range p.world.Records(m, other.ID) {
		if r.Instance != nil && r.Instance.Service == name && r.Version.Incarnation == here.Version.Incarnation && !x.MaxAge(p.world.Queue.Now()) {
			return false
		}
	}
	return p.world.Queue.Now()-max(reached, came, m.Router.ListenedSince()) > handed
}

// nodeRecord is the newest one of an author in the database of a machine, and since when.
func (p *noStartWithoutRecord) nodeRecord(at, author *host.Host) (newest *discovery.Record, since time.Duration) {
	for x, r := range p.world.Records(at, author.ID) {
		if r.Node != nil && !x.MaxAge(p.world.Queue.Now()) && (newest == nil || newest.Version.Less(r.Version)) {
			newest, since = r, x.Installed
		}
	}
	return newest, since
}
