package notify

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
)

// Event is what happened to the subject of a notice.
type Event string

// The events: a critical problem began; a unit runs on another node than before,
// and no operator moved it there; what is served is less safe than it should be;
// the subject is fine again.
const (
	Failure  Event = "failure"
	Failover Event = "failover"
	Degraded Event = "degraded"
	Return   Event = "return"
	// Test is what an operator sends to see whether it arrives. No sink asks for it.
	Test Event = "test"
)

// Events are those that a sink may ask for, worst first.
func Events() []Event { return []Event{Failure, Failover, Degraded, Return} }

// Notice is one thing to tell. Its texts hold no control characters; what they
// say may come from a service's output or from another node.
type Notice struct {
	Event   Event     `json:"event"`
	Subject string    `json:"subject"` // "web", "group shop", "node n2"
	At      time.Time `json:"at"`      // when it began, as the telling node saw it
	Text    string    `json:"text"`
	Advice  string    `json:"advice,omitempty"` // what to do, often a command
	// Of a failover: the names of the nodes, and what made it necessary.
	From string `json:"from,omitempty"`
	To   string `json:"to,omitempty"`
	Why  string `json:"why,omitempty"`
}

// String is the notice in one line.
func (n *Notice) String() string { return fmt.Sprintf("%s: %s: %s", n.Event, n.Subject, n.Text) }

// messageVersion is that of the JSON form; it grows with a change that readers
// must know of. New fields are none.
const messageVersion = 1

// Message is what a sink sends at once: everything that has come together.
type Message struct {
	Version int       `json:"version"`
	Cluster string    `json:"cluster"`
	Node    string    `json:"node"`      // who tells
	ID      string    `json:"router_id"` // of that node
	At      time.Time `json:"at"`
	Notices []Notice  `json:"notices"`        // 1 to 100, oldest first
	Lost    int       `json:"lost,omitempty"` // so many older ones had no room in the queue
}

// TestMessage is one that says nothing but that it arrived.
func TestMessage(cluster, node, id string, at time.Time) Message {
	n := Notice{Event: Test, Subject: "node " + node, At: at, Text: "this is a test of the notifications; nothing has happened"}
	return Message{Version: messageVersion, Cluster: cluster, Node: node, ID: id, At: at, Notices: []Notice{n}}
}

// Worst is the event of the message that matters most.
func (m *Message) Worst() Event {
	for _, e := range Events() {
		if slices.ContainsFunc(m.Notices, func(n Notice) bool { return n.Event == e }) {
			return e
		}
	}
	return Test
}

// Summary is the message in one line: its worst notice, and how many more.
func (m *Message) Summary() string {
	worst := m.Worst()
	i := slices.IndexFunc(m.Notices, func(n Notice) bool { return n.Event == worst })
	if i < 0 {
		return string(worst)
	}
	s := m.Notices[i].String()
	if more := len(m.Notices) - 1; more > 0 {
		s = fmt.Sprintf("%s (and %d more)", cut(s, 150), more)
	}
	return cut(s, 180)
}

// maxText bounds each text of a notice, in characters.
const maxText = 300

// clean makes a text of whatever origin one line.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp, unicode.Cf) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
	return cut(strings.TrimSpace(s), maxText)
}

func cut(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}

func cleaned(n Notice) Notice {
	for _, s := range []*string{&n.Subject, &n.Text, &n.Advice, &n.From, &n.To, &n.Why} {
		*s = clean(*s)
	}
	return n
}
