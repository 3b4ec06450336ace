package opaque

import (
	"crypto/sha256"
	"fmt"
	"time"

	"srr/internal/discovery"
	"srr/internal/discovery/signed"
	"srr/internal/routerid"
)

const (
	// keyGrace: a record may come before the certificate of its key, which its
	// author floods as well. It waits so long before it raises an alarm.
	keyGrace = 10 * time.Second
	// replayGrace: so long after a newer one, and after the network has changed,
	// nobody originates an old record any more. A router that returns, or a part
	// of the network that was cut off, brings old ones to life again.
	replayGrace = 15 * time.Second
	// maxWaiting bounds what is kept of records whose key is not known; what is
	// beyond it comes with the next audit.
	maxWaiting = 4096
)

// trust judges the records of the database, each once. The zero value, mode off,
// trusts everybody.
type trust struct {
	from    *Signatures // what mode and book were made of
	mode    signed.Mode
	book    *signed.Book    // nil: off
	own     discovery.KeyID // of this node's own key; zero: it does not sign
	judged  map[Name]judged
	waiting map[Name]waiting
	// faults are what is not trusted now, by author; told are the authors about
	// whom somebody was told.
	faults map[routerid.ID]map[Name]bool
	told   map[routerid.ID]bool
	moved  time.Time // when the network changed last
}

// judged is a verdict that holds as long as the LSA says the same.
type judged struct {
	sum [sha256.Size]byte
	err error
}

// waiting is an LSA whose key is not known yet.
type waiting struct {
	lsa   *LSA
	until time.Time
}

func newTrust() *trust {
	t := &trust{}
	t.reset()
	return t
}

// use takes over how to judge, and returns what that ends.
func (t *trust) use(s *Signatures) (events []discovery.Event) {
	t.from, t.mode, t.book, t.own = s, s.Mode, nil, discovery.KeyID{}
	if t.mode != signed.Off {
		t.book = signed.NewBook(s.Authority)
		t.own = t.book.Own()
	} else {
		for author := range t.told {
			events = append(events, discovery.Rejected{Author: author})
		}
		clear(t.told)
	}
	t.reset()
	return events
}

// reset forgets the LSAs. Keys, and who was complained of, stay.
func (t *trust) reset() {
	t.judged, t.waiting, t.faults = map[Name]judged{}, map[Name]waiting{}, map[routerid.ID]map[Name]bool{}
	if t.told == nil {
		t.told = map[routerid.ID]bool{}
	}
}

// renew takes over what is asked for and what the authority thinks now, and
// reports whether everything has to be judged again.
func (t *trust) renew(s *Signatures) (events []discovery.Event, changed bool) {
	switch {
	case t.from != s:
		return t.use(s), true
	case t.mode == signed.Off || !t.book.Stale():
		return nil, false
	}
	t.book.Renew()
	t.own = t.book.Own()
	clear(t.judged)
	return nil, true
}

// judge returns why the record in an LSA is not its author's; nil: it is, or
// nobody asks. A certificate is learned.
func (t *trust) judge(l *LSA, r *discovery.Record) error {
	if t.mode == signed.Off {
		return nil
	}
	sum := sha256.Sum256(l.Payload)
	if j, ok := t.judged[l.Name]; ok && j.sum == sum {
		return j.err
	}
	var err error
	if r.Certificate != nil {
		err = t.book.Learn(r.Author, r.Certificate)
	}
	if err == nil {
		err = t.book.Judge(r.Author, l.Payload)
	}
	if err != signed.ErrUnknownKey { // that changes without the LSA
		t.judged[l.Name] = judged{sum, err}
	}
	return err
}

// trusts reports that what an LSA says was judged and is good.
func (t *trust) trusts(k Name) bool {
	j, ok := t.judged[k]
	return ok && j.err == nil
}

// blames reports that somebody was told about an LSA.
func (t *trust) blames(k Name) bool { return t.faults[k.Author][k] }

// replayed reports whether somebody floods again what its author has replaced; nil:
// nothing is known of the record.
func (t *trust) replayed(r *discovery.Record, born time.Time, n *newest) bool {
	return n != nil && r.Version.Less(n.version) &&
		born.After(n.seen.Add(replayGrace)) && born.After(t.moved.Add(replayGrace))
}

// verdict notes what was said of an LSA and returns the alarm that it raises.
func (t *trust) verdict(l *LSA, err error, now time.Time) []discovery.Event {
	k := l.Name
	if err == nil {
		return t.clear(k)
	}
	if err == signed.ErrUnknownKey {
		w, ok := t.waiting[k]
		if !ok && len(t.waiting) < maxWaiting {
			w = waiting{until: now.Add(keyGrace)}
		}
		if w.until.IsZero() || now.Before(w.until) {
			if !w.until.IsZero() {
				kept := *l
				w.lsa = &kept
				t.waiting[k] = w
			}
			return nil
		}
	}
	delete(t.waiting, k)
	return t.fault(k, err)
}

func (t *trust) fault(k Name, err error) []discovery.Event {
	of := t.faults[k.Author]
	if of == nil {
		of = map[Name]bool{}
		t.faults[k.Author] = of
	}
	news := !of[k]
	of[k] = true
	if !news {
		return nil
	}
	t.told[k.Author] = true
	return []discovery.Event{discovery.Rejected{Author: k.Author, Where: k.String(), Err: fmt.Errorf("record of %s: %w", k.Author, err)}}
}

// clear takes a complaint back, and tells when it was the last of an author.
func (t *trust) clear(k Name) []discovery.Event {
	delete(t.waiting, k)
	of := t.faults[k.Author]
	if of != nil {
		delete(of, k)
	}
	if len(of) > 0 || !t.told[k.Author] {
		return nil
	}
	delete(t.faults, k.Author)
	delete(t.told, k.Author)
	return []discovery.Event{discovery.Rejected{Author: k.Author}}
}

// forget is for an LSA that left.
func (t *trust) forget(k Name) []discovery.Event {
	delete(t.judged, k)
	if _, waits := t.waiting[k]; !waits && !t.faults[k.Author][k] {
		return nil
	}
	return t.clear(k)
}

// ready returns what may be judged now that a certificate of the author came.
func (t *trust) ready(author routerid.ID) map[Name]*LSA {
	out := map[Name]*LSA{}
	for k, w := range t.waiting {
		if k.Author == author {
			out[k] = w.lsa
		}
	}
	return out
}

// expire complains of what has waited long enough.
func (t *trust) expire(now time.Time) []discovery.Event {
	var events []discovery.Event
	for _, w := range t.waiting {
		if !now.Before(w.until) {
			events = append(events, t.verdict(w.lsa, signed.ErrUnknownKey, now)...)
		}
	}
	return events
}

// deadline returns when expire has something to do, zero for never.
func (t *trust) deadline() time.Time {
	var first time.Time
	for _, w := range t.waiting {
		first = earlier(first, w.until)
	}
	return first
}
