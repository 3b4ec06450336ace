package daemon

import (
	"cmp"
	"context"
	"encoding/hex"
	"fmt"
	"iter"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"

	"srr/internal/api"
	"srr/internal/config"
	"srr/internal/discovery"
	ospfmedium "srr/internal/discovery/ospf"
	"srr/internal/frr/database"
	"srr/internal/ospf/lsdb"
	"srr/internal/ospf/packet"
	"srr/internal/routerid"
)

// browser keeps the whole link-state database for people to look at. It has a
// connection of its own, whose loss harms nothing.
type browser struct {
	cfg    *config.Config
	vty    database.Shower
	log    *slog.Logger
	proofs *proofs // nil: signatures are not looked at
	ospfd  *ospfmedium.Browser
	again  func() // reads everything again soon

	mu       sync.Mutex
	read     time.Duration // when that was asked for last
	db       *lsdb.DB
	topology topology
}

func newBrowser(cfg *config.Config, v database.Shower, p *proofs, log *slog.Logger) *browser {
	b := &browser{cfg: cfg, vty: v, log: log, proofs: p, db: lsdb.New(lsdb.Limits{}), topology: newTopology()}
	b.ospfd = ospfmedium.NewBrowser(ospfmedium.BrowserOptions{Address: cfg.Medium.OSPFAPI, Large: b.large, Log: log}, b)
	b.again = b.ospfd.Sync
	return b
}

func (b *browser) run(ctx context.Context) { b.ospfd.Run(ctx) }

// readEvery is how often everything is read again while somebody looks: that an LSA of
// this router is being flushed ospfd tells only then, or when it is gone, a minute later.
const readEvery = 10 * time.Second

func (b *browser) readAgain(now time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.read == 0 || now-b.read >= readEvery {
		b.read = now
		b.again()
	}
}

// largeLSA is the least length that FRR's OSPF API does not carry (measured).
const largeLSA = 1489

// large reads the router LSAs that the API does not carry.
func (b *browser) large(ctx context.Context) ([]ospfmedium.Advertisement, error) {
	all, err := database.Routers(ctx, b.vty, largeLSA)
	var out []ospfmedium.Advertisement
	for _, l := range all {
		h, parse := packet.ParseHeader(l.Raw)
		if parse != nil {
			continue // Routers checked it
		}
		out = append(out, ospfmedium.Advertisement{Raw: l.Raw, Area: uint32(l.Area), Self: h.AdvRouter == b.cfg.RouterID})
	}
	return out, err
}

// Reset implements ospf.Viewer.
func (b *browser) Reset() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.db = lsdb.New(lsdb.Limits{})
	b.topology.forget()
}

// Update implements ospf.Viewer. What cannot be parsed is left out: it is
// ospfd's, not ours to judge.
func (b *browser) Update(a ospfmedium.Advertisement) {
	l, _, err := packet.ParseLSA(a.Raw)
	if err != nil {
		if l, _, err = packet.ParseRaw(a.Raw); err != nil {
			return
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.shown(&a, l.Header) {
		_, _ = b.db.Install(bootTime(), where(a), l)
	}
	b.topology.update(lsdb.KeyOf(where(a), l.Header), a.Raw[:l.Header.Length])
}

// shown reports whether this very instance is there. ospfd shows it again and again with the
// age that it had when it arrived, so it would seem to be another one that is younger.
func (b *browser) shown(a *ospfmedium.Advertisement, h packet.Header) bool {
	e, there := b.db.Get(lsdb.KeyOf(where(*a), h))
	return there && !h.IsMaxAge() && e.LSA.Header.Seq == h.Seq && e.LSA.Header.Checksum == h.Checksum
}

// Delete implements ospf.Viewer.
func (b *browser) Delete(a ospfmedium.Advertisement) {
	h, err := packet.ParseHeader(a.Raw)
	if err != nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.db.Remove(where(a), h)
}

func where(a ospfmedium.Advertisement) lsdb.Where {
	return lsdb.Where{Area: packet.AreaID(a.Area), Link: packet.Quad(a.IfAddr)}
}

// clone is the database as it is now.
func (b *browser) clone() *lsdb.DB {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.db.Clone()
}

// query selects and words entries.
func (b *browser) query(_ context.Context, q api.LSDBQuery) ([]api.LSA, error) {
	now := bootTime()
	b.readAgain(now)
	db := b.clone()
	out := []api.LSA{}
	if b.proofs != nil {
		b.proofs.learn(b.records(db, now))
	}
	for e := range db.All() {
		v := b.view(e, now, q.Raw)
		if matches(&v, q) {
			out = append(out, v)
		}
	}
	return out, nil
}

// records are the LSAs of our opaque type that are records.
func (b *browser) records(db *lsdb.DB, now time.Duration) iter.Seq2[routerid.ID, discovery.Record] {
	return func(yield func(routerid.ID, discovery.Record) bool) {
		for e := range db.All() {
			h := e.Header(now)
			o, ok := e.LSA.Body.(*packet.Opaque)
			if !ok || h.OpaqueType() != b.cfg.Medium.OpaqueType {
				continue
			}
			if r, err := discovery.Decode(b.cfg.Cluster, h.AdvRouter, o.Data); err == nil && !yield(h.AdvRouter, r) {
				return
			}
		}
	}
}

func (b *browser) view(e *lsdb.Entry, now time.Duration, raw bool) api.LSA {
	h := e.Header(now)
	v := api.LSA{
		Type: h.Type.String(), TypeCode: int(h.Type), ID: h.ID.String(),
		Advertiser: h.AdvRouter, AgeSeconds: int(e.Age(now) / time.Second),
		Originated: wall(now - e.Age(now)).Round(time.Second),
		Sequence:   uint32(h.Seq), LengthBytes: int(h.Length), Checksum: h.Checksum,
		Self:    h.AdvRouter == b.cfg.RouterID,
		Decoded: e.LSA.Describe(),
	}
	if h.Type.Scope() == packet.ScopeArea {
		v.Area = routerid.ID(e.Key.Area).String()
	}
	if o, ok := e.LSA.Body.(*packet.Opaque); ok && h.OpaqueType() == b.cfg.Medium.OpaqueType {
		v.Decoded, v.DecodeFailure = b.record(v.Advertiser, o.Data)
	}
	if raw {
		if bin, err := e.LSA.AppendBinary(nil); err == nil {
			v.Raw = hex.EncodeToString(bin)
		}
	}
	return v
}

// record words one of our own records.
func (b *browser) record(author routerid.ID, data []byte) (lines []string, failure string) {
	r, err := discovery.Decode(b.cfg.Cluster, author, data)
	if err != nil {
		return nil, err.Error()
	}
	lines = append(lines, fmt.Sprintf("srr record, incarnation %d, counter %d", r.Version.Incarnation, r.Version.Counter))
	if b.proofs != nil {
		if said := b.proofs.of(author, data); said != "" {
			lines = append(lines, said)
		}
	}
	if r.Certificate != nil {
		lines = append(lines, certificateWords(r.Certificate))
	}
	if n := r.Node; n != nil {
		lines = append(lines, fmt.Sprintf("node %s, software %s, %d instance records, flags %s", n.Name, cmp.Or(n.Software, "unknown"), n.Instances, strings.Join(nodeFlagWords(n.Flags), ", ")))
		for _, u := range n.Intents {
			lines = append(lines, fmt.Sprintf("of %s: %s", u.Unit, intentWords(u.Intent)))
		}
		lines = append(lines, confirmedWords(n.Confirmed)...)
	}
	if i := r.Instance; i != nil {
		lines = append(lines,
			fmt.Sprintf("service %s is %s, claim %d, preference %d", i.Service, i.State, i.Claim, i.Preference),
			fmt.Sprintf("addresses %v, group %q, flags %s, dead after %s", i.Addresses, i.Group, strings.Join(instanceFlagWords(i.Flags), ", "), i.DeadAfter))
		if i.Failure.Count > 0 {
			lines = append(lines, fmt.Sprintf("failed %d times: %s: %s", i.Failure.Count, i.Failure.Code, i.Failure.Text))
		}
		if i.Intent.Kind != discovery.IntentNone {
			lines = append(lines, intentWords(i.Intent))
		}
		if len(i.Unknown) > 0 {
			lines = append(lines, fmt.Sprintf("unknown on %v", i.Unknown))
		}
		lines = append(lines, confirmedWords(i.Confirmed)...)
	}
	return lines, ""
}

func matches(v *api.LSA, q api.LSDBQuery) bool {
	switch {
	case q.Type != "" && q.Type != v.Type && q.Type != strconv.Itoa(v.TypeCode):
		return false
	case q.Area != "" && q.Area != v.Area:
		return false
	case q.Advertiser != "" && q.Advertiser != v.Advertiser.String():
		return false
	case strings.HasSuffix(q.ID, "."):
		return strings.HasPrefix(v.ID, q.ID)
	}
	return q.ID == "" || q.ID == v.ID
}
