// Package config reads a node's configuration: one YAML file and the conf.d
// directory beside it. It knows every default, finds every mistake with file,
// line, column and a hint, compares two configurations for a reload, and
// persists what the console changes.
//
// The shape of the file is the type File: its fields' comments are the
// reference in docs/configuration.md and the descriptions in the JSON Schema
// (go run ./internal/config/schema).
package config

import (
	"context"
	"net/netip"
	"time"

	"srr/internal/discovery/signed"
	"srr/internal/identity"
	"srr/internal/routerid"
	"srr/internal/service"
)

// DefaultPath is where srrd looks for its configuration.
const DefaultPath = "/etc/srr/srr.yaml"

// Config is a configuration that passed every check, with all defaults filled in.
type Config struct {
	Path     string   // of the main file
	Files    []string // all files that were read, the main file first
	Cluster  string
	Name     string // of this node
	RouterID routerid.ID
	Medium   Medium
	Routing  Routing
	Paths    Paths
	Access   []identity.Rule
	Console  Console
	Notify   []Notify
	Join     Join
	// ParallelStarts is how many units may start at once on this node, ≥ 1.
	ParallelStarts int
	LeaveGrace     time.Duration // between the flush of a record and primitive `deactivate`
	DetachFor      time.Duration // lifetime of addresses that a detached daemon leaves
	Services       []Service     // sorted by name
	Unexamined     Problems      // see LoadAtStart
}

// Medium is FRR's ospfd, reached through its OSPF API.
type Medium struct {
	OSPFAPI    netip.AddrPort // always a loopback address
	OpaqueType uint8          // 128–255, RFC 5250, section 7
	Filter     bool           // close the API to other hosts
	Signatures signed.Mode
}

// Routing announces addresses through FRR.
type Routing struct {
	VTY string // directory of the vty sockets
	// MinArrival of every router of the domain: how old an LSA must be at least
	// before its successor is accepted (RFC 2328, MinLSArrival).
	MinArrival time.Duration
}

// Paths is where the daemon keeps its things.
type Paths struct {
	State  string // what survives reboots
	Run    string // sockets, what does not
	PKI    string // certificates and keys
	Cgroup string // the slice of services' scopes; without systemd a cgroup, relative to the root
}

// Console is where the console is; the zero value: nowhere.
type Console struct {
	Listen netip.AddrPort
	// Told is what the other nodes are told of it; the zero value: nothing.
	Told netip.AddrPort
	Edit bool // services may be changed through it
}

// Join is the join gate (docs/operating.md, Joining).
type Join struct {
	AloneAfter      time.Duration
	StartWhenCutOff bool
}

// Service is one service of this node: what the core sees, how its primitives
// are carried out, and how it is checked.
type Service struct {
	service.Spec
	Strict bool // of the exclusion; always false in this version
	Agent  AgentSpec
	Check  CheckSpec
	Where  Position // of its definition
}

// Service finds a service by its name; nil if there is none.
func (c *Config) Service(name string) *Service {
	for i := range c.Services {
		if c.Services[i].Name == name {
			return &c.Services[i]
		}
	}
	return nil
}

// AgentKind says what carries out the primitives.
type AgentKind string

// The kinds.
const (
	AgentNone AgentKind = ""     // an address without processes
	AgentMake AgentKind = "make" // targets of a Makefile
	AgentExec AgentKind = "exec" // an executable, called with the primitive as its argument
	AgentRun  AgentKind = "run"  // a program that stays in the foreground
	AgentUnit AgentKind = "unit" // a unit of systemd
)

// AgentSpec is how the primitives of one service are carried out.
type AgentSpec struct {
	Service string
	Kind    AgentKind
	Path    string   // of make: the Makefile; of exec: the executable; absolute and clean
	Args    []string // of run: the program, absolute, and its arguments
	Unit    string   // of unit: its full name, such as nginx.service
	PIDFile string   // of make and exec; may be empty
	// Primitives are those that the agent must answer.
	Primitives [service.NumPrimitives]bool
}

// Prober looks at what the configuration names, at several things at once: whether
// an agent can do what its spec says: whether the Makefile exists and has the
// targets, the executable may be executed, the unit is known. An error may join
// several (errors.Join): each is reported by itself. One that holds an
// *agent.Unexamined says that it could not look.
type Prober interface {
	CheckAgent(context.Context, AgentSpec) error
	// CheckSecret looks whether a secret can be read from a file, and by nobody
	// but root.
	CheckSecret(path string) error
}
