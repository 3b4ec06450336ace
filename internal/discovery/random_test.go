package discovery

import (
	"math/rand/v2"
	"net/netip"
	"time"

	"srr/internal/routerid"
	"srr/internal/service"
)

// maker builds random records that fit into MaxSize.
type maker struct{ *rand.Rand }

func (m maker) name() string {
	const first, rest = "abcxyz0189", "abcxyz0189_-"
	b := []byte{first[m.IntN(len(first))]}
	for range m.IntN(maxName) {
		b = append(b, rest[m.IntN(len(rest))])
	}
	return string(b)
}

func (m maker) text(limit int) string {
	letters := []rune("abc XYZ 019 äöü ß € → 世 𝄞 /:;,.")
	s := ""
	for range m.IntN(limit) {
		c := string(letters[m.IntN(len(letters))])
		if len(s)+len(c) > limit {
			break
		}
		s += c
	}
	return s
}

func (m maker) time() time.Time {
	if m.IntN(3) == 0 {
		return time.Time{}
	}
	return time.Unix(1+m.Int64N(lastSecond), 0).UTC()
}

func (m maker) id() routerid.ID { return routerid.ID(1 + m.Uint32N(1<<32-1)) }

func (m maker) boot() (b BootID) {
	for i := range b {
		b[i] = byte(m.Uint32())
	}
	return b
}

func (m maker) duration() time.Duration { return time.Duration(m.Uint32()) * time.Millisecond }

func (m maker) addr() netip.Addr {
	if m.IntN(2) == 0 {
		return netip.AddrFrom4([4]byte{10, byte(m.Uint32()), byte(m.Uint32()), 1})
	}
	a := [16]byte{0: 0x20, 1: 0x01, 15: 1}
	for i := 2; i < 15; i++ {
		a[i] = byte(m.Uint32())
	}
	return netip.AddrFrom16(a)
}

func (m maker) intent() Intent {
	return Intent{
		Kind:    IntentKind(m.IntN(int(IntentPrefer) + 1)),
		Version: IntentVersion{m.Uint64N(MaxNumber + 1), m.IntN(2) == 0, m.Uint64(), m.id()},
		Target:  m.id(),
		Until:   m.time(),
		Author:  m.text(maxAuthor),
		Reason:  m.text(maxReason),
	}
}

func (m maker) node() *Node {
	n := &Node{Name: m.text(maxNodeName), Software: m.text(maxSoftware), Flags: NodeFlags(m.Uint32())}
	if m.IntN(2) == 0 {
		n.Console = netip.AddrPortFrom(m.addr(), uint16(1+m.IntN(65535)))
	}
	for range m.IntN(5) {
		n.Suspects = append(n.Suspects, m.id())
	}
	for range m.IntN(4) {
		n.Confirmed = append(n.Confirmed, Confirmation{m.name(), m.id(), m.boot(), m.Uint64()})
	}
	for range m.IntN(4) {
		u := service.Unit{Name: m.name(), Group: m.IntN(2) == 0}
		n.Intents = append(n.Intents, UnitIntent{u, m.intent()})
	}
	return n
}

func (m maker) scope() service.Scope {
	s := service.Scope{Kind: service.ScopeKind(m.IntN(4))}
	switch s.Kind {
	case service.ScopeArea:
		s.Area = m.Uint32()
	case service.ScopeLink:
		s.Link = "eth0.12"
	}
	return s
}

func (m maker) instance() *Instance {
	states := int(service.Deactivated) + 1
	i := &Instance{
		Service: m.name(), Critical: m.IntN(2) == 0, Preference: m.IntN(65536), Scope: m.scope(),
		State: service.State(m.IntN(states)), Flags: InstanceFlags(m.Uint32()), Claim: m.Uint64N(MaxNumber + 1),
		DeadAfter: m.duration(), CheckInterval: m.duration(), CheckedAt: m.time(),
		Health: service.Health(m.IntN(3)),
	}
	for k := range i.Digest {
		i.Digest[k] = byte(m.Uint32())
	}
	if m.IntN(2) == 0 {
		i.Group, i.Intent = m.name(), m.intent()
		code := service.FailureCode(m.IntN(256))
		i.Failure = Failure{code, int(int32(m.Uint32())), m.text(maxFailure), m.Uint64(), m.IntN(1 << 31)}
	}
	for range m.IntN(4) {
		i.DependsOn = append(i.DependsOn, m.name())
	}
	for range m.IntN(6) {
		i.Addresses = append(i.Addresses, m.addr())
	}
	return i
}

func (m maker) record() Record {
	r := Record{
		Author: m.id(), Nonce: m.Uint64(), Boot: m.boot(),
		Version: Version{1 + m.Uint64N(MaxIncarnation), 1 + m.Uint64N(1<<63)},
	}
	switch m.IntN(5) {
	case 0, 1:
		r.Node = m.node()
	case 2, 3:
		r.Instance = m.instance()
	default:
		r.Certificate = []byte(m.text(MaxCertificate-1) + "x")
	}
	return r
}
