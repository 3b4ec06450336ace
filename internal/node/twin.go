package node

import (
	"fmt"
	"time"

	"srr/internal/discovery"
)

// twin is another node that uses this one's router ID (decision 28).
type twin struct {
	here        bool
	incarnation uint64        // of the newest node record that it was heard with
	knows       bool          // that record says that it knows
	answerAt    time.Duration // no answer before
}

// answerEvery bounds how often this node takes a higher incarnation for a twin.
const answerEvery = time.Second

// stranger: a record in our name that this process did not write. What is older
// than this incarnation is our own past; so is, once, what comes while this node
// joins.
func (n *Node) stranger(r discovery.Record) {
	if !n.medium || r.Version.Incarnation < n.incarnation {
		return // Up tells of all that was there before
	}
	t := &n.twin
	if !n.gate.open && !n.overtaken && !t.here {
		n.overtake(r.Version.Incarnation)
		return
	}
	if !t.here {
		t.here = true
		n.alarm("duplicate", "another node uses router ID "+n.opt.RouterID.String()+": this node starts nothing until one of them is changed and srrd is restarted")
		n.markAll()
	}
	if r.Node != nil {
		t.incarnation, t.knows = r.Version.Incarnation, r.Node.Flags.Has(discovery.Duplicate)
	}
}

// checkTwin answers a twin that does not know: only the higher incarnation is
// heard, by everybody else and by it.
func (n *Node) checkTwin() {
	t := &n.twin
	if !t.unaware(n.incarnation) || n.now.Boot < t.answerAt {
		return
	}
	t.answerAt = n.now.Boot + answerEvery
	n.renumber(t.incarnation)
	n.event(Event{Kind: EventNode, Subject: n.opt.Name, Detail: fmt.Sprintf("incarnation %d, so that the other node with this router ID hears of this one", n.incarnation)})
	n.markAll()
}

// unaware: it floods above this node's incarnation, so that nobody hears this
// node, and does not know.
func (t *twin) unaware(own uint64) bool { return t.here && !t.knows && t.incarnation >= own }

func (n *Node) twinWake() time.Duration {
	if n.twin.unaware(n.incarnation) {
		return n.twin.answerAt
	}
	return never
}
