package api

import (
	"time"

	"srr/internal/routerid"
)

// Snapshot is the whole cluster as one node sees it. It is a value that is
// published once and read by many: nobody changes it.
type Snapshot struct {
	Cluster  string      `json:"cluster"`
	RouterID routerid.ID `json:"router_id"` // of the node that answers
	Node     string      `json:"node"`      // its name
	Software string      `json:"software"`
	At       time.Time   `json:"at"` // when it was true
	// Sequence grows with every change of anything but At, within one run of
	// the daemon.
	Sequence uint64    `json:"sequence"`
	Medium   Medium    `json:"medium"`
	Gate     Gate      `json:"gate"`
	Alarms   []Alarm   `json:"alarms"`   // of the answering node
	Nodes    []Node    `json:"nodes"`    // by router ID, this one included
	Units    []Unit    `json:"units"`    // by name
	Services []Service `json:"services"` // by name
}

// Medium is the state of the signalling medium at the answering node.
type Medium struct {
	Kind  string    `json:"kind"`            // "ospf (frr)", "gossip", …
	State string    `json:"state"`           // MediumUp, MediumDown, MediumConnecting
	Since time.Time `json:"since,omitzero"`  // in this state
	Error string    `json:"error,omitempty"` // why it is not up
	// Neighbors are the adjacencies that are Full.
	Neighbors []routerid.ID `json:"neighbors,omitempty"`
}

// The states of a medium.
const (
	MediumUp         = "up"
	MediumDown       = "down"
	MediumConnecting = "connecting"
)

// Gate says whether the answering node may start services.
type Gate struct {
	State   string    `json:"state"` // GateOpen, GateJoining, GateCutOff
	Since   time.Time `json:"since,omitzero"`
	Reasons []string  `json:"reasons,omitempty"` // what it waits for, if it is not open
	OpensAt time.Time `json:"opens_at,omitzero"` // at the latest, if that is known
}

// The states of the gate.
const (
	GateOpen    = "open"
	GateJoining = "joining" // started or rejoined a moment ago: starts nothing yet
	GateCutOff  = "cut off" // no Full neighbor: announcements withdrawn, starts nothing
)

// Severity orders alarms and problems, worst first.
type Severity string

// The severities: something is not served; something is degraded and needs a
// person; worth knowing.
const (
	Critical Severity = "critical"
	Warning  Severity = "warning"
	Notice   Severity = "notice"
)

// Alarm is something that a person has to look at. It stands as long as its
// cause.
type Alarm struct {
	Severity Severity    `json:"severity"`
	Code     string      `json:"code"` // stable word for filters: "duplicate-router-id", "stray", …
	Since    time.Time   `json:"since,omitzero"`
	Service  string      `json:"service,omitempty"`
	RouterID routerid.ID `json:"router_id,omitzero"` // of the node concerned
	Text     string      `json:"text"`
	Advice   string      `json:"advice,omitempty"` // what to do
}

// Node is one node as the answering node knows it.
type Node struct {
	RouterID routerid.ID `json:"router_id"`
	Name     string      `json:"name,omitempty"` // "" if it never told
	Self     bool        `json:"self,omitempty"`
	State    string      `json:"state"`            // NodeUp, …
	Source   string      `json:"source,omitempty"` // who says so: "spf", "bfd", …
	Since    time.Time   `json:"since,omitzero"`
	Software string      `json:"software,omitempty"`
	Console  string      `json:"console,omitempty"` // address and port of its API
	// Flags: drained, maintenance, cut off, join gate, settled, self-doubt,
	// not durable, leaving, detached, duplicate router ID.
	Flags       []string      `json:"flags,omitempty"`
	Suspects    []routerid.ID `json:"suspects,omitempty"` // whom it believes to be down
	Boot        string        `json:"boot,omitempty"`
	Incarnation uint64        `json:"incarnation,omitempty"`
}

// The states of a node.
const (
	NodeUp      = "up"
	NodeSuspect = "suspect" // somebody believes that it is down
	NodeDown    = "down"    // the network says that it cannot be reached
	NodeSilent  = "silent"  // reachable, but its daemon says nothing
)

// Flags of nodes and instances that this package looks at.
const (
	FlagDrained     = "drained"
	FlagMaintenance = "maintenance"
	FlagCutOff      = "cut off"
	FlagJoinGate    = "join gate"
	FlagSelfDoubt   = "self-doubt"
	FlagNotDurable  = "not durable"
	FlagLeaving     = "leaving"
	FlagDetached    = "detached"
	FlagDuplicate   = "duplicate router ID"
	FlagHeldOff     = "held off"
	FlagRecovering  = "recovering"
	FlagReleased    = "released"
	FlagAnnounced   = "announced"
	FlagLacking     = "lacking" // a critical member of its group is not active there
)

// Unit is what selection places: a group, or a service without one.
type Unit struct {
	Name    string   `json:"name"`
	Group   bool     `json:"group,omitempty"`
	Members []string `json:"members"` // services in start order
	Intent  *Intent  `json:"intent,omitempty"`
	// Ranking are the candidates, best first, as the answering node ranks them.
	Ranking []routerid.ID `json:"ranking,omitempty"`
	// Eligible is how many of them may run it now.
	Eligible int `json:"eligible"`
	// Missing are nodes that had it, cannot be reached, and have been gone for so
	// long that they are no instances any more.
	Missing []routerid.ID `json:"missing,omitempty"`
}

// Intent is what operators want of a unit; none: that it runs.
type Intent struct {
	Kind   string      `json:"kind"`           // IntentRun, IntentStopped, IntentPrefer
	Node   routerid.ID `json:"node,omitzero"`  // of IntentPrefer
	Until  time.Time   `json:"until,omitzero"` // of IntentPrefer; zero: no expiry
	Author string      `json:"author,omitempty"`
	Reason string      `json:"reason,omitempty"`
}

// The intents.
const (
	IntentRun     = "run"
	IntentStopped = "stopped"
	IntentPrefer  = "prefer"
)
