package api

import (
	"time"

	"srr/internal/routerid"
)

// Service is one service on all its nodes.
type Service struct {
	Name      string   `json:"name"`
	Kind      string   `json:"kind"` // "network" or "resource"
	Group     string   `json:"group,omitempty"`
	DependsOn []string `json:"depends_on,omitempty"`
	Critical  bool     `json:"critical,omitempty"`
	Addresses []string `json:"addresses,omitempty"`
	Scope     string   `json:"scope,omitempty"` // "as", "area 0.0.0.1", "link eth0"
	// Local: configured on the answering node. Agent, the check interval and
	// the primitives are known only then.
	Local                bool       `json:"local,omitempty"`
	Agent                string     `json:"agent,omitempty"`
	CheckIntervalSeconds float64    `json:"check_interval_seconds,omitempty"`
	Primitives           []string   `json:"primitives,omitempty"`
	Instances            []Instance `json:"instances"` // by router ID
}

// Instance is a service on one node.
type Instance struct {
	RouterID routerid.ID `json:"router_id"`
	Node     string      `json:"node,omitempty"` // its name
	State    string      `json:"state"`          // service.State, "active/started"
	Since    time.Time   `json:"since,omitzero"`
	Reason   string      `json:"reason,omitempty"` // of the last change of state
	Detail   string      `json:"detail,omitempty"`
	// Hold is how the answering node judges it: Held and Unknown block every
	// other starter.
	Hold       string     `json:"hold"`
	HoldReason string     `json:"hold_reason,omitempty"` // why, where it is not plain
	Claim      uint64     `json:"claim,omitempty"`
	Failure    *Failure   `json:"failure,omitempty"`
	Flags      []string   `json:"flags,omitempty"` // released recovering held off leaving announced lacking
	Preference int        `json:"preference"`
	Health     string     `json:"health,omitempty"` // up, down, unknown; "" without a check
	Check      *LastCheck `json:"check,omitempty"`
	Addresses  []Address  `json:"addresses,omitempty"` // what is known of them on that node
	Pending    *Pending   `json:"pending,omitempty"`
	Stays      string     `json:"stays,omitempty"`  // why it runs on though the answering node, its own, is drained
	Digest     string     `json:"digest,omitempty"` // of the configuration that must be equal
	// Differs: its configuration is not that of the reference instance.
	Differs          bool    `json:"differs,omitempty"`
	DeadAfterSeconds float64 `json:"dead_after_seconds,omitempty"`
}

// How an instance is judged.
const (
	Held     = "held"
	Released = "released"
	Unknown  = "unknown"
)

// Failure is why an instance failed.
type Failure struct {
	Code  string    `json:"code"`           // service.FailureCode, "start failed"
	Exit  int       `json:"exit,omitempty"` // the primitive's own code
	Text  string    `json:"text,omitempty"`
	Count int       `json:"count"` // since the last clear
	At    time.Time `json:"at,omitzero"`
	Until time.Time `json:"until,omitzero"` // when it expires
}

// LastCheck is the last check of an instance that the answering node knows of.
type LastCheck struct {
	At          time.Time `json:"at,omitzero"`
	Text        string    `json:"text,omitempty"`
	TookSeconds float64   `json:"took_seconds,omitempty"`
}

// Address is a virtual address on one node.
type Address struct {
	Address   string `json:"address"`
	Owned     bool   `json:"owned,omitempty"`
	Announced bool   `json:"announced,omitempty"`
	Error     string `json:"error,omitempty"`
}

// Pending is what the machine of an instance waits for.
type Pending struct {
	Action   string    `json:"action"` // "primitive start", "release by n2", "own echo", …
	Since    time.Time `json:"since,omitzero"`
	Deadline time.Time `json:"deadline,omitzero"`
}
