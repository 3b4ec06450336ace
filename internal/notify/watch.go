package notify

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"srr/internal/api"
	"srr/internal/routerid"
)

const (
	// settle is how long a level must last before it is told: a failover is over
	// by then, and is told as such.
	settle = 2 * time.Second
	// settleJoined is the least age of a node's view of the cluster before it tells
	// levels: services start when their nodes have joined.
	settleJoined = 10 * time.Second
	// doubt is how long another node's word may never have been said: that it is
	// dead is noticed late, with OSPF's default timers after 40 s.
	doubt = 40 * time.Second
)

// level is how bad it is.
type level int

const (
	fine level = iota
	degraded
	failed
)

var levels = map[api.Severity]level{api.Warning: degraded, api.Critical: failed}

// Watcher finds out what is to be told from one node's snapshots. Of each subject
// it follows the level; a change that lasts is told by one node, the speaker: the
// one with the highest router ID of those that can be reached and joined a while
// ago. Who has just joined has not seen what is over now.
// What only this node knows, it tells itself. All nodes follow all levels, so that
// another one can go on when the speaker is gone.
//
// It has no clock: now is any time that does not jump.
type Watcher struct {
	subjects map[key]*subject
	holders  map[string]holder // by the word of the unit
	joined   bool
	joinedAt time.Duration
	speaker  routerid.ID
	speaks   map[routerid.ID]time.Duration // nodes that could speak, and since when they are seen to
	unsure   []unsure                      // what another speaker had to tell lately, oldest first
}

type key struct {
	own  bool // known to this node alone
	name string
}

type subject struct {
	told  level
	now   level
	since time.Duration // when now began
	at    time.Time     // the same for people
	worst api.Problem   // of now; if that is fine, the last one
}

type unsure struct {
	notice Notice
	at     time.Duration
}

// Step looks at a snapshot and returns what is to be told.
func (w *Watcher) Step(now time.Duration, s *api.Snapshot) []Notice {
	if !w.join(now, s) {
		return nil
	}
	out := w.failovers(s)
	w.follow(now, s)
	w.unsure = slices.DeleteFunc(w.unsure, func(u unsure) bool { return now-u.at > doubt })
	out = append(out, w.elect(now, s)...)
	for _, k := range slices.SortedFunc(maps.Keys(w.subjects), compareKeys) {
		x := w.subjects[k]
		if x.now == x.told {
			if x.now == fine {
				delete(w.subjects, k)
			}
			continue
		}
		if w.due(x) > now {
			continue
		}
		n := x.notice()
		x.told = x.now
		if k.own || w.speaker == s.RouterID {
			out = append(out, n)
		} else {
			w.unsure = append(w.unsure, unsure{n, now})
		}
	}
	return out
}

// Deadline is when Step has to be called again although nothing has changed; 0:
// never.
func (w *Watcher) Deadline() time.Duration {
	first := time.Duration(0)
	for _, x := range w.subjects {
		if t := w.due(x); x.now != x.told && (first == 0 || t < first) {
			first = t
		}
	}
	return first
}

// due is when the present level has lasted for long enough.
func (w *Watcher) due(x *subject) time.Duration {
	return max(x.since+settle, w.joinedAt+settleJoined)
}

// join reports whether the node has ever joined: what it sees before that says
// nothing. Cut off later, it goes on.
func (w *Watcher) join(now time.Duration, s *api.Snapshot) bool {
	if !w.joined && s.Gate.State == api.GateOpen {
		w.joined, w.joinedAt = true, now
		w.subjects, w.holders, w.speaks = map[key]*subject{}, map[string]holder{}, map[routerid.ID]time.Duration{}
	}
	return w.joined
}

// follow takes the levels over.
func (w *Watcher) follow(now time.Duration, s *api.Snapshot) {
	worst := map[key]api.Problem{}
	note := func(k key, p api.Problem) {
		if was, ok := worst[k]; levels[p.Severity] > fine && (!ok || levels[p.Severity] > levels[was.Severity]) {
			worst[k] = p
		}
	}
	for _, p := range s.ClusterProblems() {
		note(key{false, p.Subject}, p)
	}
	own := *s
	own.Alarms = slices.DeleteFunc(slices.Clone(s.Alarms), func(a api.Alarm) bool { return slices.Contains(flooded, a.Code) })
	for _, p := range own.OwnProblems() {
		note(key{true, ownSubject(p.Subject, s)}, p)
	}
	for k := range worst {
		if w.subjects[k] == nil {
			w.subjects[k] = &subject{since: now, at: s.At}
		}
	}
	for k, x := range w.subjects {
		p, bad := worst[k]
		if l := levels[p.Severity]; l != x.now {
			x.now, x.since, x.at = l, now, s.At
		}
		if p.Subject = k.name; bad {
			x.worst = p
		}
	}
}

// flooded are the alarms whose cause the other nodes see, too, or that repeat what
// the node says of its medium: they are told once.
var flooded = []string{"failed", "refused", "check", "last", "differs", "not-durable", "medium", "cut off"}

func ownSubject(subject string, s *api.Snapshot) string {
	node := "node " + cmp.Or(s.Node, s.RouterID.String())
	if subject == "this node" || subject == "cluster" {
		return node
	}
	return subject + " on " + node
}

func (x *subject) notice() Notice {
	n := Notice{Subject: x.worst.Subject, At: x.at, Text: x.worst.Text, Advice: x.worst.Advice}
	switch x.now {
	case failed:
		n.Event = Failure
	case degraded:
		n.Event = Degraded
	default:
		n.Event, n.Text, n.Advice = Return, "fine again; it was: "+x.worst.Text, ""
	}
	return cleaned(n)
}

func compareKeys(a, b key) int {
	if a.own != b.own {
		return map[bool]int{true: -1, false: 1}[a.own]
	}
	return cmp.Compare(a.name, b.name)
}

// elect finds the speaker. If the last one was lost, and this node is the next, it
// tells what that one may not have told any more.
func (w *Watcher) elect(now time.Duration, s *api.Snapshot) (out []Notice) {
	// Of those that know the cluster for a while, if there are any; and of all.
	var next, young routerid.ID
	lost := true
	for i := range s.Nodes {
		n := &s.Nodes[i]
		if n.RouterID == w.speaker {
			lost = n.State != api.NodeUp && !n.Has(api.FlagLeaving)
		}
		switch since, known := w.speaks[n.RouterID]; {
		case !n.Self && (n.State != api.NodeUp || quiet(n)):
			delete(w.speaks, n.RouterID)
			continue
		case !known:
			w.speaks[n.RouterID] = now
		// A node takes itself for the speaker a little before the others do: for a
		// moment two may tell the same, but not nobody.
		case now >= since+settleJoined && (n.Self || now >= since+settleJoined+settle):
			next = max(next, n.RouterID)
		}
		young = max(young, n.RouterID)
	}
	if next == 0 {
		next = max(young, s.RouterID)
	}
	if next == w.speaker {
		return nil
	}
	if lost && next == s.RouterID {
		for _, u := range w.unsure {
			out = append(out, u.notice)
		}
	}
	w.speaker, w.unsure = next, nil
	return out
}

// quiet nodes do not speak: they have not joined, or will be gone in a moment.
func quiet(n *api.Node) bool {
	return n.Has(api.FlagJoinGate) || n.Has(api.FlagCutOff) || n.Has(api.FlagLeaving) || n.Has(api.FlagDetached)
}
