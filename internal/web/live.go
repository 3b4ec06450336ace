package web

import (
	"context"
	"sync"
	"time"

	"srr/internal/api"
	"srr/internal/identity"
)

// pace is when a page that is watched is made again.
type pace uint8

const (
	still       pace = iota // never: it is an answer to a question
	onChange                // when the cluster changes
	everySecond             // also when something changes that is in no snapshot
)

const (
	// liveGap is the least time between two rounds, and liveEach so much more for each who
	// watches, 0.45 s for 200: what changes is encrypted and sent for each of them, and
	// while services move something changes all the time.
	liveGap  = 50 * time.Millisecond
	liveEach = 2 * time.Millisecond
	// liveShare: a round is followed by a rest of so many times its length, so that
	// pages take a tenth of a processor at most, whatever is watched.
	liveShare = 9
	// liveRate is how many bytes a second are sent to all watchers together. They would
	// all be sent to at once otherwise: a failover of 500 services is 5 MB for 200
	// watchers, and what moves the services would wait behind those who look at it. It
	// must also leave room on the network.
	liveRate = 10 << 20
	// liveTick is how often pages are made again that nothing announces.
	liveTick = time.Second
)

// liveKey is what pages of one look have in common: all who may do the same and
// look at the same.
type liveKey struct {
	role   identity.Role
	view   string // path and query
	bearer string // in whose name another node is asked for it; "": none is
}

// live makes pages again for those who watch them: each page once, however many
// they are.
type live struct {
	render func(context.Context, liveKey) (mainResult, error)
	wake   chan struct{}

	mu    sync.Mutex
	views map[liveKey]*liveView
	free  time.Time // when all that was promised so far has been sent
	pack  api.Packer
}

// liveView is one page that is watched.
type liveView struct {
	watchers int
	pace     pace
	now      cutParts
	whole    []byte        // now as a message; nil: not yet made
	step     []byte        // from before to now, as a message; nil: only the whole will do
	before   string        // hash
	next     chan struct{} // closed when now is replaced
}

func newLive(render func(context.Context, liveKey) (mainResult, error)) *live {
	return &live{render: render, wake: make(chan struct{}, 1), views: map[liveKey]*liveView{}}
}

func (l *live) changed() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// run makes pages until ctx ends.
func (l *live) run(ctx context.Context) {
	tick := time.NewTicker(liveTick)
	defer tick.Stop()
	for {
		changed := false
		select {
		case <-ctx.Done():
			return
		case <-l.wake:
			changed = true
		case <-tick.C:
		}
		began := time.Now()
		if !l.round(ctx, changed) {
			continue // a tick of no page's must not put a change off
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(max(l.gap(), liveShare*time.Since(began), l.busy(time.Now()))):
		}
	}
}

// round makes again what is watched and may have changed, and reports whether that is any.
func (l *live) round(ctx context.Context, changed bool) bool {
	due := l.due(changed)
	for _, k := range due {
		got, err := l.render(ctx, k)
		if err != nil {
			continue // an error is no news: the watcher keeps what it has
		}
		l.publish(k, got)
	}
	return len(due) > 0
}

func (l *live) due(changed bool) []liveKey {
	l.mu.Lock()
	defer l.mu.Unlock()
	var keys []liveKey
	for k, v := range l.views {
		if changed || v.pace == everySecond || v.now.hash == "" {
			keys = append(keys, k)
		}
	}
	return keys
}

func (l *live) publish(k liveKey, got mainResult) {
	next := cutMain(got.main)
	l.mu.Lock()
	defer l.mu.Unlock()
	v := l.views[k]
	if v == nil || v.now.hash == next.hash {
		return
	}
	v.pace, v.whole, v.step, v.before = got.pace, nil, nil, v.now.hash
	if parts, all := next.changed(&v.now); all {
		v.step = l.message(liveMessage{Hash: next.hash, Parts: parts})
	}
	v.now = next
	close(v.next)
	v.next = make(chan struct{})
}

// liveMessage is what a browser gets: a whole main part, or some of its parts.
type liveMessage struct {
	Hash  string            `json:"hash"`
	Main  string            `json:"main,omitempty"`
	Parts map[string]string `json:"parts,omitempty"`
}

// message is compressed once for all, to a tenth: what each watcher costs is what is
// encrypted and sent. There is no secret in what is watched that the length could tell:
// it is made for a role, not for somebody.
func (l *live) message(m liveMessage) []byte {
	b, err := l.pack.Event("page", m)
	if err != nil {
		panic("encode a part of a page: " + err.Error()) // text always encodes
	}
	return b
}

// each calls send with what a watcher needs that has seen the page with the hash
// seen, now and whenever it changes, until ctx ends or send fails. A slow watcher
// misses steps and gets the whole; it makes nobody wait.
func (l *live) each(ctx context.Context, k liveKey, seen string, send func([]byte) error) error {
	v := l.enter(k)
	defer l.leave(k)
	for {
		msg, hash, next := l.news(v, seen)
		if msg != nil {
			if err := l.turn(ctx, len(msg)); err != nil {
				return nil // it has gone
			}
			if err := send(msg); err != nil {
				return err
			}
		}
		seen = hash
		select {
		case <-ctx.Done():
			return nil
		case <-next:
		}
	}
}

// turn waits until so many bytes may be sent.
func (l *live) turn(ctx context.Context, size int) error {
	wait := l.reserve(time.Now(), size)
	if wait <= 0 {
		return ctx.Err()
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(wait):
		return nil
	}
}

// reserve returns when so many bytes may be sent: after what was reserved before.
func (l *live) reserve(now time.Time, size int) (wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.free.Before(now) {
		l.free = now
	}
	wait = l.free.Sub(now)
	l.free = l.free.Add(time.Duration(size) * time.Second / liveRate)
	return wait
}

// busy is how long it takes until everybody has what was made last.
func (l *live) busy(now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.free.Sub(now)
}

// gap is the least time between two rounds, for those who watch now.
func (l *live) gap() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	gap := liveGap
	for _, v := range l.views {
		gap += time.Duration(v.watchers) * liveEach
	}
	return gap
}

// news is what is new for a watcher that has seen hash.
func (l *live) news(v *liveView, seen string) (msg []byte, hash string, next <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case v.now.hash == "":
		return nil, seen, v.next
	case v.now.hash == seen:
	case v.step != nil && v.before == seen:
		msg = v.step
	default:
		if v.whole == nil {
			v.whole = l.message(liveMessage{Hash: v.now.hash, Main: string(v.now.whole)})
		}
		msg = v.whole
	}
	return msg, v.now.hash, v.next
}

// watched reports whether somebody looks at a page, so that it is one.
func (l *live) watched(k liveKey) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.views[k] != nil
}

func (l *live) enter(k liveKey) *liveView {
	l.mu.Lock()
	defer l.mu.Unlock()
	v := l.views[k]
	if v == nil {
		v = &liveView{next: make(chan struct{})}
		l.views[k] = v
	}
	v.watchers++
	l.changed()
	return v
}

func (l *live) leave(k liveKey) {
	l.mu.Lock()
	defer l.mu.Unlock()
	v := l.views[k]
	if v.watchers--; v.watchers == 0 {
		delete(l.views, k)
	}
}
