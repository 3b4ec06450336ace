package opaque

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"srr/internal/discovery"
	"srr/internal/discovery/signed"
	"srr/internal/discovery/signed/signedtest"
	"srr/internal/routerid"
)

// lsa is an LSA of an author with any payload.
func lsa(t testing.TB, author routerid.ID, id uint32, age uint16, body []byte) *LSA {
	t.Helper()
	l := lsaOf(t, record(author, 1, 1), id)
	l.Payload, l.Age = bytes.Clone(body), age
	return l
}

// judgment is a database with signatures, and what it said.
type judgment struct {
	*database
	t          *testing.T
	seen, gone []discovery.Key
	alarms     []error
}

func newJudgment(t *testing.T, mode signed.Mode) *judgment {
	return judgmentBy(t, mode, signedtest.New(self, 1))
}

func judgmentBy(t *testing.T, mode signed.Mode, a signed.Authority) *judgment {
	j := &judgment{database: newDatabase(Cluster("lab"), newTrust()), t: t}
	j.reset(time.Time{}, &Signatures{mode, a})
	return j
}

func (j *judgment) note(events []discovery.Event) {
	for _, e := range events {
		switch e := e.(type) {
		case discovery.Seen:
			if e.Record.Certificate == nil {
				j.seen = append(j.seen, e.Record.Key())
			}
		case discovery.Gone:
			j.gone = append(j.gone, e.Key)
		case discovery.Rejected:
			j.alarms = append(j.alarms, e.Err)
		}
	}
}

func (j *judgment) give(now time.Time, author routerid.ID, id uint32, age uint16, body []byte) {
	j.t.Helper()
	_, events := j.update(lsa(j.t, author, id, age, body), now)
	j.note(events)
}

func (j *judgment) expire(now time.Time) {
	_, events := j.database.expire(now)
	j.note(events)
}

// What is not its author's influences nothing and raises one alarm,
// however often it is shown; where signatures only warn, it is used.
func TestForgeries(t *testing.T) {
	mine, theirs := signedtest.Key(1), signedtest.Key(2)
	good := signedtest.Payload(t, record(other, 1, 2), theirs)
	flip := func(b []byte, at int) []byte {
		b = bytes.Clone(b)
		b[at] ^= 1
		return b
	}
	splice := append(bytes.Clone(signedtest.Payload(t, record(other, 1, 3), nil)), good[len(good)-76:]...)
	for name, c := range map[string]struct {
		body []byte
		want error
	}{
		"unsigned":                   {signedtest.Payload(t, record(other, 1, 2), nil), discovery.ErrUnsigned},
		"by another node":            {signedtest.Payload(t, record(other, 1, 2), mine), signed.ErrUnknownKey},
		"by nobody's key":            {signedtest.Payload(t, record(other, 1, 2), signedtest.Key(9)), signed.ErrUnknownKey},
		"counter raised":             {flip(good, 39), signed.ErrForged},
		"signature cut off":          {good[:len(good)-76], discovery.ErrUnsigned},
		"signature changed":          {flip(good, len(good)-1), signed.ErrForged},
		"signature of another":       {splice, signed.ErrForged},
		"another's certificate":      {signedtest.Payload(t, signedtest.CertificateRecord(7, signedtest.Key(9)), signedtest.Key(9)), nil},
		"certificate, not its key's": {signedtest.Payload(t, signedtest.CertificateRecord(other, theirs), signedtest.Key(9)), signed.ErrUnknownKey},
	} {
		for _, mode := range []signed.Mode{signed.Warn, signed.Require} {
			t.Run(name, func(t *testing.T) {
				j := newJudgment(t, mode)
				now := time.Unix(1000, 0)
				j.give(now, other, 1, 0, signedtest.Payload(t, signedtest.CertificateRecord(other, theirs), theirs))
				for range 3 {
					j.give(now, other, 2, 0, c.body)
					now = now.Add(keyGrace)
					j.expire(now)
				}
				used := 0
				if mode == signed.Warn && !strings.Contains(name, "certificate") {
					used = 1
				}
				if len(j.seen) != used {
					t.Errorf("mode %d: used %d times, want %d", mode, len(j.seen), used)
				}
				want := 1
				if c.want == nil { // of another author than the LSA's: the codec refuses it
					if len(j.alarms) == 0 || errors.Is(j.alarms[0], discovery.ErrNotTrusted) {
						t.Errorf("%v", j.alarms)
					}
					return
				}
				if len(j.alarms) != want || !errors.Is(j.alarms[0], c.want) || !errors.Is(j.alarms[0], discovery.ErrNotTrusted) {
					t.Errorf("mode %d: alarms %v, want %v", mode, j.alarms, c.want)
				}
				j.remove(lsa(t, other, 2, 0, nil).Name, now)
				j.expire(now.Add(time.Second))
				if n := len(j.alarms); n != want+1 || j.alarms[n-1] != nil {
					t.Errorf("mode %d: not taken back: %v", mode, j.alarms)
				}
			})
		}
	}
}

// A record may come before the certificate of its key: it waits, and nobody is
// alarmed.
func TestRecordBeforeItsCertificate(t *testing.T) {
	theirs := signedtest.Key(2)
	r := record(other, 1, 2)
	j := newJudgment(t, signed.Require)
	now := time.Unix(1000, 0)
	j.give(now, other, 1, 0, signedtest.Payload(t, r, theirs))
	if len(j.seen) != 0 || j.deadline() != now.Add(keyGrace) {
		t.Errorf("seen %v, until %s", j.seen, j.deadline())
	}
	j.give(now.Add(time.Second), other, 2, 0, signedtest.Payload(t, signedtest.CertificateRecord(other, theirs), theirs))
	if len(j.seen) != 1 || j.seen[0] != r.Key() || len(j.alarms) != 0 || !j.deadline().IsZero() {
		t.Errorf("seen %v, alarms %v", j.seen, j.alarms)
	}
}

// A record that has left when its author's certificate comes stays away.
func TestGoneBeforeItsCertificate(t *testing.T) {
	j := newJudgment(t, signed.Require)
	theirs := signedtest.Key(2)
	now := time.Unix(1000, 0)
	j.give(now, other, 2, 0, signedtest.Payload(t, record(other, 1, 2), theirs))
	j.remove(lsa(t, other, 2, 0, nil).Name, now)
	j.give(now.Add(replaceGrace/2), other, 1, 0, signedtest.Payload(t, signedtest.CertificateRecord(other, theirs), theirs))
	j.expire(now.Add(time.Second))
	if len(j.seen) != len(j.gone) || len(j.lsas) != 1 || !j.deadline().IsZero() {
		t.Errorf("seen %v, gone %v, LSAs %d, until %s", j.seen, j.gone, len(j.lsas), j.deadline())
	}
}

// An old record that somebody floods again counts for nothing and is told. One
// that comes to life again because the network has changed is no attack.
func TestReplay(t *testing.T) {
	theirs := signedtest.Key(2)
	start := time.Unix(100000, 0)
	fill := func() *judgment {
		j := newJudgment(t, signed.Require)
		j.give(start, other, 1, 0, signedtest.Payload(t, signedtest.CertificateRecord(other, theirs), theirs))
		j.give(start, other, 2, 0, signedtest.Payload(t, record(other, 1, 2), theirs))
		return j
	}
	old := signedtest.Payload(t, record(other, 1, 1), theirs)
	later := start.Add(time.Hour)
	for name, c := range map[string]struct {
		moved time.Time
		age   uint16
		alarm bool
	}{
		"flooded again":                  {start, 5, true},
		"has been there":                 {start, 3598, false},
		"after the network changed":      {later.Add(-10 * time.Second), 5, false},
		"long after the network changed": {later.Add(-time.Minute), 5, true},
	} {
		j := fill()
		j.trust.moved = c.moved
		j.give(later, other, 3, c.age, old)
		if len(j.seen) != 1 || (len(j.alarms) == 1 && errors.Is(j.alarms[0], signed.ErrReplayed)) != c.alarm || len(j.alarms) > 1 {
			t.Errorf("%s: seen %v, alarms %v", name, j.seen, j.alarms)
		}
	}
}

// What a node that died in the middle of a change left is not played back, though each
// audit shows it with the age that it had on arrival, also after a new connection.
func TestLeftBehindIsNoReplay(t *testing.T) {
	theirs := signedtest.Key(2)
	now := time.Unix(100000, 0)
	j := newJudgment(t, signed.Require)
	give := func() {
		j.give(now, other, 1, 1, signedtest.Payload(t, signedtest.CertificateRecord(other, theirs), theirs))
		j.give(now, other, 2, 1, signedtest.Payload(t, record(other, 1, 1), theirs))
		j.give(now, other, 3, 1, signedtest.Payload(t, record(other, 1, 2), theirs))
		now = now.Add(30 * time.Second)
	}
	give()
	give()
	j.reset(now, j.trust.from)
	give()
	give()
	if len(j.alarms) != 0 {
		t.Error(j.alarms)
	}
	j.give(now, other, 4, 1, signedtest.Payload(t, record(other, 1, 1), theirs))
	if len(j.alarms) != 1 || !errors.Is(j.alarms[0], signed.ErrReplayed) {
		t.Errorf("played back: %v", j.alarms)
	}
}

// Each record is verified once, and again when it says something else, even
// under the same number: OSPF's own checksum can be met by intent.
func TestJudgedOnce(t *testing.T) {
	theirs := signedtest.Key(2)
	authority := signedtest.New(self, 1)
	j := judgmentBy(t, signed.Require, authority)
	now := time.Unix(1000, 0)
	cert, body := signedtest.Payload(t, signedtest.CertificateRecord(other, theirs), theirs), signedtest.Payload(t, record(other, 1, 2), theirs)
	before := authority.Asked()
	for range 5 {
		j.give(now, other, 1, 0, cert)
		j.give(now, other, 2, 0, body)
	}
	if n := authority.Asked() - before; n != 1 {
		t.Errorf("the certificate was judged %d times", n)
	}
	body[40] ^= 1
	j.give(now, other, 2, 0, body)
	if len(j.alarms) != 1 || len(j.gone) != 1 {
		t.Errorf("alarms %v, gone %v", j.alarms, j.gone)
	}
}

// What is kept of records without a key is bounded.
func TestWaitingIsBounded(t *testing.T) {
	j := newJudgment(t, signed.Require)
	body := signedtest.Payload(t, record(other, 1, 1), signedtest.Key(9))
	for i := range uint32(maxWaiting + 100) {
		j.give(time.Unix(1000, 0), other, i, 0, body)
	}
	if n := len(j.trust.waiting); n != maxWaiting || len(j.seen) != 0 {
		t.Errorf("%d wait, %d seen", n, len(j.seen))
	}
}

// An LSA that says something else now, which is no record of ours, leaves nothing
// behind: neither an alarm nor memory.
func TestReplacedByNoRecord(t *testing.T) {
	for name, body := range map[string][]byte{"of another cluster": []byte("hello..."), "damaged": signedtest.Payload(t, record(other, 1, 1), nil)[:40]} {
		j := newJudgment(t, signed.Require)
		now := time.Unix(1000, 0)
		j.give(now, other, 1, 0, signedtest.Payload(t, record(other, 1, 1), nil))
		j.give(now, other, 2, 0, signedtest.Payload(t, record(other, 1, 1), signedtest.Key(9)))
		if len(j.alarms) != 1 || len(j.trust.judged) != 1 || len(j.trust.waiting) != 1 {
			t.Fatalf("%s: alarms %v", name, j.alarms)
		}
		j.give(now, other, 1, 0, body)
		j.give(now, other, 2, 0, body)
		if len(j.trust.judged)+len(j.trust.waiting)+len(j.trust.faults) != 0 || !slices.Contains(j.alarms, nil) {
			t.Errorf("%s: %v %v %v, alarms %v", name, j.trust.judged, j.trust.waiting, j.trust.faults, j.alarms)
		}
	}
}

func nodeRecord(author routerid.ID, counter uint64) discovery.Record {
	return discovery.Record{Author: author, Version: discovery.Version{Incarnation: 1, Counter: counter}, Node: &discovery.Node{Name: "n"}}
}

// FuzzRequire: whatever an LSA in another node's name says, nothing of it is used
// that is not, byte for byte, what that node signed.
func FuzzRequire(f *testing.F) {
	theirs := signedtest.Key(2)
	for _, r := range []discovery.Record{record(other, 1, 2), nodeRecord(other, 3), signedtest.CertificateRecord(other, theirs)} {
		for _, key := range []ed25519.PrivateKey{theirs, signedtest.Key(9), nil} {
			f.Add(signedtest.Payload(f, r, key))
		}
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		d := newDatabase(Cluster("lab"), newTrust())
		d.reset(time.Time{}, &Signatures{signed.Require, signedtest.New(self, 1)})
		give := func(id uint32, body []byte) (seen bool) {
			_, events := d.update(lsa(t, other, id, 0, body), time.Unix(1000, 0))
			for _, e := range events {
				s, is := e.(discovery.Seen)
				seen = seen || is && s.Record.Certificate == nil
			}
			return seen
		}
		give(1, signedtest.Payload(t, signedtest.CertificateRecord(other, theirs), theirs))
		if give(2, body) && !bytes.Equal(signedtest.Sign(body[:len(body)-76], theirs), body) {
			t.Errorf("used: %x", body)
		}
	})
}
