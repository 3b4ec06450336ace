package host

import (
	"fmt"
	"time"

	"srr/internal/node"
	"srr/internal/service"
)

// Kind is what an Effect is about.
type Kind uint8

// The kinds: what is true on a machine, and what its daemon says and is told.
const (
	ProcessBegan     Kind = iota // the first process of a service exists: `start` was called
	ProcessEnded                 // none is left
	AddressOwned                 // the machine receives for the address
	AddressDisowned              //
	AddressAnnounced             // the kernel has the address: routers are told
	AddressWithdrawn             // it has not any more
	CallBegan                    // a primitive was called
	CallEnded                    // it answered
	DaemonBegan                  // srrd runs
	DaemonEnded                  // it ended; Text says how
	Said                         // the core tells what happened: Event
	Operator                     // an operator asked for something; Text is the answer
	Broken                       // a panic of the code under test; Text is its value
)

var kindNames = [...]string{
	"process began", "process ended", "owns", "disowns", "announces", "withdraws", "calls", "answered",
	"srrd began", "srrd ended", "says", "operator", "broken",
}

func (k Kind) String() string { return kindNames[k] }

// Effect is one thing that happened on a machine.
type Effect struct {
	At      time.Duration
	Host    *Host
	Kind    Kind
	Service string
	Call    node.Call      // of CallBegan and CallEnded
	Result  service.Result // of CallEnded
	Event   *node.Event    // of Said
	Text    string
}

// String is one dense line.
func (e *Effect) String() string {
	s := fmt.Sprintf("%11.6f %-4s %s", e.At.Seconds(), e.Host.Name, e.Kind)
	if e.Service != "" {
		s += " " + e.Service
	}
	switch e.Kind {
	case CallBegan:
		s += fmt.Sprintf(" %s #%d", callName(&e.Call), e.Call.ID)
	case CallEnded:
		s += fmt.Sprintf(" %s #%d: %s", callName(&e.Call), e.Call.ID, e.Result.Outcome)
		if e.Result.Verified {
			s += ", verified"
		}
	case Said:
		s += " " + describe(e.Event)
	}
	if e.Text != "" {
		s += ": " + e.Text
	}
	return s
}

func callName(c *node.Call) string {
	if c.Kill {
		return "kill"
	}
	if c.Peer != "" {
		return c.Primitive.String() + " " + c.Peer
	}
	return c.Primitive.String()
}

func describe(e *node.Event) string {
	switch e.Kind {
	case node.EventState:
		return fmt.Sprintf("%s %s -> %s (%s: %s)", e.Subject, e.From, e.To, e.Reason, e.Detail)
	case node.EventAlarm:
		if e.Detail == "" {
			return "alarm over: " + e.Subject
		}
		return "alarm " + e.Subject + ": " + e.Detail
	}
	return fmt.Sprintf("%s: %s %s", e.Subject, e.Reason, e.Detail)
}
