package node

import (
	"errors"
	"fmt"
	"time"

	"srr/internal/discovery"
)

const (
	// maxRejected bounds the alarms about records that cannot be used: anybody can
	// flood them, in anybody's name.
	maxRejected = 16
	// rejectedFor is how long such an alarm outlives the last record that it is about.
	rejectedFor = 5 * time.Minute
)

// complaint is about the records of one author that cannot be used.
type complaint struct {
	text  string // about the last one
	count int
	last  time.Duration
	wall  time.Time // of last
	lasts bool      // the medium will say when it is over
}

func (c *complaint) String() string {
	if c.count == 1 {
		return c.text
	}
	return fmt.Sprintf("%s (%d such records, the last at %s)", c.text, c.count, c.wall.UTC().Format("15:04:05Z"))
}

// rejected keeps the last complaint about each author, up to a bound. Only the
// first is an event: a thousand of them would drive all else out of the journal.
func (n *Node) rejected(e discovery.Rejected) {
	proof := e.Err == nil || errors.Is(e.Err, discovery.ErrNotTrusted)
	key := "record " + e.Author.String()
	if proof {
		key = "signature " + e.Author.String()
	}
	c := n.complaints[key]
	switch {
	case e.Err == nil:
		n.trustedAgain(key, c)
		return
	case c == nil && len(n.complaints) >= maxRejected:
		return
	case c == nil:
		c = &complaint{}
		n.complaints[key] = c
	}
	c.text, c.last, c.wall, c.lasts = e.Where+": "+e.Err.Error(), n.now.Boot, n.now.Wall, proof
	if !e.Again || c.count == 0 {
		c.count++
	}
	if _, raised := n.alarms[key]; raised {
		n.alarms[key] = c.String()
	} else {
		n.alarm(key, c.String())
	}
	n.complaintWake = min(n.complaintWake, c.last+rejectedFor)
}

// trustedAgain ends an alarm about signatures. Who was complained of again and
// again is trusted only after a while, or each time would be two events more.
func (n *Node) trustedAgain(key string, c *complaint) {
	if c == nil || !c.lasts {
		return
	}
	c.lasts, c.last = false, n.now.Boot
	n.complaintWake = min(n.complaintWake, c.last+rejectedFor)
	if c.count == 1 {
		n.alarm(key, "")
	}
}

// checkComplaints ends the alarms about which nothing was heard any more.
func (n *Node) checkComplaints() {
	if n.complaintWake > n.now.Boot {
		return
	}
	n.complaintWake = never
	for key, c := range n.complaints {
		switch {
		case c.lasts:
		case c.last+rejectedFor > n.now.Boot:
			n.complaintWake = min(n.complaintWake, c.last+rejectedFor)
		default:
			delete(n.complaints, key)
			n.alarm(key, "")
		}
	}
}
