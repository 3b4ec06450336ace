package api

import (
	"time"

	"srr/internal/routerid"
	"srr/internal/service"
)

// Verb is what an operator can ask for.
type Verb string

// The verbs. In brackets: the fields of Command that each one takes.
const (
	Activate       Verb = "activate"        // [Service] offer it on this node
	Deactivate     Verb = "deactivate"      // [Service] take it out of the cluster on this node
	Enable         Verb = "enable"          // [Service] disabled -> inactive
	Disable        Verb = "disable"         // [Service] inactive -> disabled
	Start          Verb = "start"           // [Unit] move to this node
	Move           Verb = "move"            // [Unit, Node, Until]
	Unmove         Verb = "unmove"          // [Unit] forget the move
	Stop           Verb = "stop"            // [Unit] everywhere, until run
	Run            Verb = "run"             // [Unit] undo stop
	Restart        Verb = "restart"         // [Service] in place
	Reload         Verb = "reload"          // [Service] its primitive
	CheckNow       Verb = "check"           // [Service] now
	Clear          Verb = "clear"           // [Service] failure and hold-off on this node
	ConfirmStopped Verb = "confirm-stopped" // [Service, Node, Confirmed]
	Drain          Verb = "drain"           // [StopRest] give all services away
	Undrain        Verb = "undrain"
	Maintenance    Verb = "maintenance"   // [On] touch nothing on this node
	ReloadConfig   Verb = "reload-config" // [Pending]
	Detach         Verb = "detach"        // exit, services go on
	Shutdown       Verb = "shutdown"      // hand services over, then exit
)

// Request is a command as it comes over the wire: names as the operator typed
// them.
type Request struct {
	Verb    Verb   `json:"verb"`
	Service string `json:"service,omitempty"`
	// Unit is the name of a service (meaning its unit) or of a group;
	// "group/NAME" and "service/NAME" where both exist.
	Unit      string    `json:"unit,omitempty"`
	Node      string    `json:"node,omitempty"`   // router ID or name
	Until     time.Time `json:"until,omitzero"`   // of move and start; zero: the usual 8 h
	Reason    string    `json:"reason,omitempty"` // at most 64 bytes
	StopRest  bool      `json:"stop_rest,omitempty"`
	On        bool      `json:"on,omitempty"`
	Pending   bool      `json:"pending,omitempty"`
	Confirmed bool      `json:"confirmed,omitempty"`
	// OnBehalf is who asked the local user, for example SUDO_USER. It is only
	// recorded, and grants nothing.
	OnBehalf string `json:"on_behalf,omitempty"`
}

// Command is a request whose names are resolved and whose form is valid: what
// the verb needs is there, and nothing else is.
type Command struct {
	Verb     Verb
	Service  string       // exists in the snapshot
	Unit     service.Unit // exists in the snapshot
	Node     routerid.ID  // exists in the snapshot
	Until    time.Time    // in the future, whole seconds; zero: the usual 8 h
	Reason   string       // at most 64 bytes, printable
	StopRest bool         // drain: stop what nobody else can run
	On       bool         // maintenance
	Pending  bool         // reload-config: defer what needs an inactive service
	// Confirmed: the operator has read the risk. A command that needs it and
	// lacks it is answered with a Refusal whose NeedsYes is set.
	Confirmed bool
	Author    string // from the socket's peer credentials, at most 32 bytes
}

// Reply is the answer to a command that was accepted.
type Reply struct {
	Text     string   `json:"text"` // one line: what is being done
	Warnings []string `json:"warnings,omitempty"`
	// Sequence of the snapshot after which the effect is to be seen; 0: unknown.
	Sequence uint64 `json:"sequence,omitempty"`
}

// Refusal is the answer to a command that a rule forbids. It is an error of
// the operator's plan, not of the daemon: errors.As finds it on both sides.
type Refusal struct {
	Rule   string   `json:"rule"` // stable word: "held-off", "drained", "last-node", …
	Text   string   `json:"text"` // why, in one line
	List   []string `json:"list,omitempty"`
	Advice string   `json:"advice,omitempty"` // the way out
	// NeedsYes: the same command is accepted with Confirmed. Text says what it risks.
	NeedsYes bool `json:"needs_yes,omitempty"`
}

func (r *Refusal) Error() string { return "refused: " + r.Text }
