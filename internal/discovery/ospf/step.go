package ospf

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"srr/internal/discovery"
	"srr/internal/frr/ospfapi"
	"srr/internal/service"
)

// step does what is due: originate, flush, report. An error ends the session.
func (s *session) step(ctx context.Context) error {
	now := time.Now()
	left, events := s.m.db.expire(now)
	s.emit(events...)
	s.reach.expire(now)
	for _, k := range left {
		if s.out.left(k, now) {
			s.o.Log.Warn("a record of ours was purged, flooding it again", "area", k.area)
		}
	}
	for _, r := range s.out.missing(now, s.place) {
		if err := s.originate(ctx, &r); err != nil {
			return err
		}
	}
	for _, k := range s.out.ripe(now) {
		if err := s.flush(ctx, k); err != nil {
			return err
		}
	}
	s.levels()
	return s.routine(ctx, now)
}

// routine does what is due by the clock alone.
func (s *session) routine(ctx context.Context, now time.Time) error {
	if !now.Before(s.nextAudit) {
		s.m.db.prune(now)
		if err := s.audit(ctx); err != nil {
			return err
		}
	}
	if !now.Before(s.nextPing) {
		return s.ping(ctx)
	}
	return nil
}

// target says which LSA type, area and interface a record belongs to.
func (s *session) target(r *discovery.Record) (lsaKey, error) {
	if r.Instance == nil {
		return s.nodeTarget(), nil
	}
	k := lsaKey{author: s.o.RouterID}
	switch scope := r.Instance.Scope; scope.Kind {
	case service.ScopeAS:
		k.kind = ospfapi.OpaqueASLSA
	case service.ScopeArea:
		k.kind, k.area = ospfapi.OpaqueAreaLSA, scope.Area
	case service.ScopeLink:
		return s.linkTarget(k, scope.Link)
	default:
		return s.defaultTarget(), nil
	}
	return k, nil
}

// defaultTarget is the only area that ospfd has, or the AS where there are several.
func (s *session) defaultTarget() lsaKey {
	if area, ok := s.links.onlyArea(); ok {
		return lsaKey{author: s.o.RouterID, kind: ospfapi.OpaqueAreaLSA, area: area}
	}
	return lsaKey{author: s.o.RouterID, kind: ospfapi.OpaqueASLSA}
}

// nodeTarget is where everybody hears the node record who hears any of the
// node's instances: an instance without its node does not count.
func (s *session) nodeTarget() lsaKey {
	k := s.defaultTarget()
	for _, r := range s.out.wanted {
		if r.Instance == nil || r.Instance.Scope.Kind == service.ScopeLink {
			continue
		}
		if i := s.place(&r); !sameScope(i, k) {
			return lsaKey{author: s.o.RouterID, kind: ospfapi.OpaqueASLSA}
		}
	}
	return k
}

// place is target without its errors, which originate reports.
func (s *session) place(r *discovery.Record) lsaKey {
	k, _ := s.target(r)
	return k
}

func (s *session) linkTarget(k lsaKey, link string) (lsaKey, error) {
	k.kind = ospfapi.OpaqueLinkLSA
	if !s.o.AllowLink {
		return k, errors.New("scope link crashes ospfd when the interface goes down (FRR 8.4): " +
			"use scope area, or allow scope link")
	}
	i, err := net.InterfaceByName(link)
	if err != nil {
		return k, fmt.Errorf("find interface %s: %w", link, err)
	}
	addrs, err := i.Addrs()
	if err != nil {
		return k, fmt.Errorf("find addresses of %s: %w", link, err)
	}
	for _, a := range addrs {
		if n, ok := a.(*net.IPNet); ok && n.IP.To4() != nil {
			ip := n.IP.To4()
			k.ifAddr = uint32(ip[0])<<24 | uint32(ip[1])<<16 | uint32(ip[2])<<8 | uint32(ip[3])
			if _, known := s.links.areas[k.ifAddr]; known {
				return k, nil
			}
		}
	}
	return k, fmt.Errorf("interface %s is not part of OSPF", link)
}

// originate floods a record under a fresh ID. One after the other: requests that
// overlap are not faster (measured), ospfd is busy with each.
func (s *session) originate(ctx context.Context, r *discovery.Record) error {
	k, payload, err := s.prepare(r)
	if err == nil {
		err = s.api.Originate(ctx, k.opaque(), payload)
	}
	return s.originated(r, k, err, time.Now())
}

// refuses tells ospfd's refusal of one record from the end of the session: the
// connection is lost, or ospfd forgot us.
func refuses(err error) bool {
	var code ospfapi.Error
	return errors.As(err, &code) && code != ospfapi.ErrOpaqueTypeNotRegistered
}

// unsent is an error that ospfd has nothing to do with.
type unsent struct{ error }

func (u unsent) Unwrap() error { return u.error }

func (s *session) originated(r *discovery.Record, k lsaKey, err error, now time.Time) error {
	if err == nil {
		s.ring.appeared(k)
		s.out.originated(r, k, now)
		return nil
	}
	if _, ours := err.(unsent); !ours && !refuses(err) {
		return err
	}
	if s.out.refused(r, err.Error(), now) {
		s.emit(discovery.Refused{Err: fmt.Errorf("flood record %q: %w", r.Key().Service, err)})
	}
	return nil
}

// prepare chooses the LSA and encodes the record. Its errors are unsent.
func (s *session) prepare(r *discovery.Record) (lsaKey, []byte, error) {
	if r.Author != s.o.RouterID {
		return lsaKey{}, nil, unsent{fmt.Errorf("it is of %s, this router is %s", r.Author, s.o.RouterID)}
	}
	k, err := s.target(r)
	if err != nil {
		return k, nil, unsent{err}
	}
	payload, err := discovery.Encode(s.o.Cluster, *r)
	if err != nil {
		return k, nil, unsent{err}
	}
	if k.id, err = s.ring.next(time.Now()); err != nil {
		return k, nil, unsent{err}
	}
	return k, payload, nil
}

// flush takes an LSA of ours out of the medium. At the originator ospfd reports
// that about a minute later, so it is reported here.
func (s *session) flush(ctx context.Context, k lsaKey) error {
	err := s.api.Delete(ctx, k.opaque())
	if err != nil && !refuses(err) {
		return err
	}
	if err != nil && !errors.Is(err, ospfapi.ErrNoSuchLSA) {
		s.o.Log.Warn("cannot flush a record", "err", err)
		return nil
	}
	s.emit(s.m.db.flushed(k, time.Now())...)
	return nil
}

// levels reports what changed as a whole.
func (s *session) levels() { s.emit(s.told.changed(s.reach, s.links)...) }

// take digests one notification.
func (s *session) take(n ospfapi.Notification, now time.Time) {
	switch n := n.(type) {
	case ospfapi.LSAUpdate:
		s.update(&n, now)
	case ospfapi.LSADelete:
		s.remove(&n, now)
	case ospfapi.ReachableChange:
		s.reach.change(n)
	case ospfapi.ISMChange:
		s.links.ism(n)
	case ospfapi.NSMChange:
		s.links.nsm(n)
	case ospfapi.NewIf:
		s.links.newIf(n)
	case ospfapi.DelIf:
		s.links.delIf(n)
	case ospfapi.RouterIDChange:
		s.routerID(n)
	case ospfapi.Malformed:
		s.o.Log.Warn("ospfd sent what cannot be read", "err", n.Err)
	}
}

func (s *session) routerID(n ospfapi.RouterIDChange) {
	if n.Seq == s.fence {
		s.fenced = true
	}
	if n.RouterID != s.o.RouterID {
		s.wrongID = refusal{fmt.Errorf("ospfd has router ID %s, the configuration of srrd says %s",
			n.RouterID, s.o.RouterID)}
	}
}

func (s *session) update(n *ospfapi.LSAUpdate, now time.Time) {
	l := &n.LSA
	if l.Type == ospfapi.ASBRSummaryLSA {
		if l.AdvRtr != s.o.RouterID {
			s.reach.summary(l, n.Area)
		}
		return
	}
	if l.Type < ospfapi.OpaqueLinkLSA || l.Type > ospfapi.OpaqueASLSA || l.OpaqueType() != s.o.OpaqueType {
		return
	}
	k := keyOf(l, n.Area, n.IfAddr)
	own := l.AdvRtr == s.o.RouterID
	if own {
		s.ring.appeared(k)
	}
	if l.Age >= ospfapi.MaxAge {
		return // being flushed; only a sync shows it
	}
	r, events := s.m.db.update(k, l, now)
	s.emit(events...)
	if own {
		s.ownUpdate(k, r, l.Age, now)
	}
}

// ownUpdate takes an LSA of this router: an echo, a boomerang of a former
// incarnation, or the word of a stranger with our router ID.
func (s *session) ownUpdate(k lsaKey, r *discovery.Record, age uint16, now time.Time) {
	if s.out.heard(k, r, now) || r == nil {
		return
	}
	if r.Version.Incarnation < s.flooded {
		s.out.boomerang(k, now)
		return
	}
	s.stranger(r, age, now)
}

// Whoever floods under our router ID just now, and after our own former records
// had the time to come back and be flushed, is another node.
const (
	strangerAfter = 10 * time.Second
	strangerAge   = 5 // seconds
)

func (s *session) stranger(r *discovery.Record, age uint16, now time.Time) {
	if s.flooded == 0 || age > strangerAge || now.Sub(s.since) < strangerAfter || s.strangers[r.Nonce] || len(s.strangers) > 64 {
		return
	}
	s.strangers[r.Nonce] = true
	s.emit(discovery.Refused{Err: fmt.Errorf(
		"another node uses router ID %s: it floods incarnation %d, this one %d",
		s.o.RouterID, r.Version.Incarnation, s.flooded)})
}

func (s *session) remove(n *ospfapi.LSADelete, now time.Time) {
	l := &n.LSA
	if l.Type == ospfapi.ASBRSummaryLSA {
		s.reach.withdrawn(l, n.Area, now)
		return
	}
	if l.Type < ospfapi.OpaqueLinkLSA || l.Type > ospfapi.OpaqueASLSA {
		return
	}
	k := keyOf(l, n.Area, n.IfAddr)
	if l.AdvRtr == s.o.RouterID {
		s.ring.left(k, now)
	}
	s.m.db.remove(k, now)
}
