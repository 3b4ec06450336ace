package config

import (
	"net/netip"
	"time"
)

// This file is the shape of srr.yaml. Each field's comment becomes the
// reference (docs/configuration.md) and the description in the JSON Schema;
// so do the tags, which the decoder enforces:
//
//	need:"required"    the key must be there
//	oneof:"a|b"        one of these words
//	min:"1" max:"9"    bounds of a number or a duration, inclusive
//	is:"name|path"     a name, or an absolute path

// File is one configuration file of a node: srr.yaml. Files in conf.d beside
// it hold the sections groups and services only.
type File struct {
	// Name of the cluster. Nodes with the same name on the same medium are one cluster; its hash is in every record.
	Cluster string `yaml:"cluster" need:"required" is:"name"`
	// This node.
	Node NodeSection `yaml:"node" need:"required"`
	// How nodes hear of each other. `srrd init` writes it.
	Medium *MediumSection `yaml:"medium" need:"required"`
	// How packets find a service.
	Routing RoutingSection `yaml:"routing"`
	// Where the daemon keeps its things.
	Paths PathsSection `yaml:"paths"`
	// Who may come in with a certificate of another CA (paths.pki/users/*.crt), each by the whole name: `email:`, `dns:` or `uri:` and an alternative name of the certificate, or `subject:` and its subject (RFC 2253). Users with one of the cluster's CA (srrctl ca issue user) are not listed.
	Access AccessSection `yaml:"access"`
	// The console: pages and API over TLS, for users with a certificate. None: there is none.
	Console *ConsoleSection `yaml:"console"`
	// Who is told by mail, webhook or command what happened. Equal on all nodes: one of them tells.
	Notify []*NotifySection `yaml:"notify"`
	// When a node that just came up may start services.
	Join JoinSection `yaml:"join"`
	// Services that must run together on one node, by name of the group.
	Groups map[string]*GroupSection `yaml:"groups"`
	// What this node can run, by name. Nodes with a service of the same name are its cluster server.
	Services map[string]*ServiceSection `yaml:"services"`
}

// NodeSection is the section node.
type NodeSection struct {
	// Name of the node in messages and tables. Default: the host name up to its first dot.
	Name string `yaml:"name" is:"name"`
	// Identity of the node: the router ID of its ospfd. Unique in the network.
	RouterID RouterIDText `yaml:"router-id" need:"required"`
	// How many units may start at the same time; the group's priority decides who waits.
	ParallelStarts int `yaml:"parallel-starts" min:"1" max:"1000"`
	// Between telling the others that a service leaves and its primitive deactivate.
	LeaveGrace time.Duration `yaml:"leave-grace" min:"0s" max:"5m"`
	// How long addresses live on when the daemon detaches for an upgrade.
	DetachFor time.Duration `yaml:"detach-for" min:"10s" max:"1h"`
}

// MediumSection is the section medium.
type MediumSection struct {
	// Address and port of the OSPF API of FRR's ospfd (started with -a). The API knows no passwords: only loopback addresses are taken.
	OSPFAPI netip.AddrPort `yaml:"ospf-api"`
	// Opaque type of the records, from the range for private use of RFC 5250. Equal on all nodes.
	OpaqueType int `yaml:"opaque-type" min:"128" max:"255"`
	// How other hosts are kept from that API, which asks nobody who they are: by a table of srrd's own in nftables (`inet srr`), or not by srrd, because you see to it.
	APIFilter string `yaml:"api-filter" oneof:"nftables|none"`
	// Whether records are signed and proved by certificates of the cluster's CA: `require` ignores what is not, `warn` raises an alarm and uses it. Go through warn on all nodes when a running cluster gets a CA.
	Signatures string `yaml:"signatures" oneof:"off|warn|require"`
}

// RoutingSection is the section routing.
type RoutingSection struct {
	// Announce service addresses through FRR's ospfd on this host.
	FRR FRRSection `yaml:"frr"`
}

// FRRSection is the section routing.frr.
type FRRSection struct {
	// Directory of the vty sockets of zebra and ospfd; with a pathspace (-N NAME): /run/frr/NAME.
	VTY string `yaml:"vty" is:"path"`
	// What every router of the OSPF domain has as `timers lsa min-arrival`; the default is FRR's. Say 0s only if it is 0 on all of them: addresses then return to this node at once, and not after this and 0.1 s more. A node whose own router has more does not believe it.
	MinArrival time.Duration `yaml:"min-arrival" min:"0s" max:"5s"`
}

// PathsSection is the section paths.
type PathsSection struct {
	// Directory of what survives reboots: incarnation, failures, intents, journal.
	State string `yaml:"state" is:"path"`
	// Directory of the control socket.
	Run string `yaml:"run" is:"path"`
	// Directory of certificates and keys: the cluster's CA, this node's, what was revoked. Read again when something changes.
	PKI string `yaml:"pki" is:"path"`
	// Of the services' processes: the slice of their scopes (srr.slice); where systemd does not run, their control group, relative to the root of the hierarchy.
	Cgroup string `yaml:"cgroup"`
}

// AccessSection is the section access. Each entry is the whole name of one
// person: `email:`, `dns:` or `uri:` and an alternative name of the certificate,
// or `subject:` and its subject (RFC 2253). There are no patterns.
type AccessSection struct {
	// They see everything but secrets.
	Viewers []string `yaml:"viewers"`
	// They may use every verb, too.
	Operators []string `yaml:"operators"`
	// They may change configuration, certificates and routing daemons, too.
	Administrators []string `yaml:"administrators"`
}

// ConsoleSection is the section console.
type ConsoleSection struct {
	// Address and port to listen on, such as 10.0.0.1:8443. The other nodes are told, so that their consoles lead to this one; for 0.0.0.0 and [::] they are told the router ID, and for a loopback address nothing.
	Listen netip.AddrPort `yaml:"listen" need:"required"`
	// Whether administrators may define, change and delete services of this node through the console. Whoever may do that can have any program run as root.
	Edit bool `yaml:"edit"`
}

// JoinSection is the section join.
type JoinSection struct {
	// Start services after so long although not every neighbor is complete, if one is.
	AloneAfter time.Duration `yaml:"alone-after" min:"1s" max:"1h"`
	// What to do without any complete neighbor: start nothing, or start all the same (a LAN without a router).
	WhenCutOff string `yaml:"when-cut-off" oneof:"stop|start"`
}

// GroupSection is one entry of groups.
type GroupSection struct {
	// Of the group on this node: the higher the better. Equal on all nodes: the group moves as seldom as possible.
	Preference int `yaml:"preference" min:"0" max:"65535"`
	// Who starts first when more starts are due than may run at once, the higher the earlier.
	Priority int `yaml:"priority" min:"0" max:"65535"`
}

// ServiceSection is one entry of services. At most one of make, exec, run and
// unit; with none of them the service is an address without processes.
type ServiceSection struct {
	// Group that the service belongs to; it must be in groups.
	Group string `yaml:"group" is:"name"`
	// Virtual addresses, at most 16, without prefix length. None: the service is a resource.
	Addresses []netip.Addr `yaml:"addresses"`
	// Services of the same group that must run first, at most 8.
	DependsOn []string `yaml:"depends-on"`
	// Of a member of a group: when it stops or fails, the whole group leaves the node.
	Critical bool `yaml:"critical"`
	// Of a service without a group; of a member, the group's counts.
	Preference int `yaml:"preference" min:"0" max:"65535"`
	// Of a service without a group, like the group's.
	Priority int `yaml:"priority" min:"0" max:"65535"`
	// Makefile whose targets are the primitives. To find them, make reads it as user nobody, who must be able to read what it includes.
	Make string `yaml:"make" is:"path"`
	// Executable that is called with the name of the primitive as its only argument.
	Exec string `yaml:"exec" is:"path"`
	// Program, with its arguments, that stays in the foreground while the service runs.
	Run []string `yaml:"run"`
	// Unit of systemd that is the service. It must not be enabled at boot.
	Unit string `yaml:"unit"`
	// Of make and exec: file with the process ID of the service's main process. When that process ends, srrd knows at once and not at the next check.
	PIDFile string `yaml:"pid-file" is:"path"`
	// Of exec: the primitives that it answers; the others count as done. Default: all eleven.
	Primitives []string `yaml:"primitives" oneof:"activate|deactivate|start|stop|reload|restart|join|leave|failed|status|check"`
	// Whether it really works. Default of make and exec: their primitive check.
	Check CheckSection `yaml:"check"`
	// How long a primitive may take before it is killed.
	Timeouts TimeoutsSection `yaml:"timeouts"`
	// Recovery in place, before another node takes over.
	Restarts RestartsSection `yaml:"restarts"`
	// After so long a failed instance may run again, if nobody else does; doubles with each failure.
	FailureTimeout time.Duration `yaml:"failure-timeout" min:"1s" max:"168h"`
	// The doubling ends here.
	FailureTimeoutMax time.Duration `yaml:"failure-timeout-max" min:"1s" max:"168h"`
	// When the medium is lost: stop at once, or keep running for a while (`keep: 10s`) and risk that it runs twice.
	OnMediumLoss MediumLoss `yaml:"on-medium-loss"`
	// When another node may start it: once the address is gone, or once the stop is verified. Default: verified for a resource and for what depends on one, else address.
	Release string `yaml:"release" oneof:"address|verified"`
	// After so long without a sign from a daemon whose host is still reachable, nothing of the service is held there any more; 0: never by itself. Default: 7s, and 0 where release is verified.
	DeadAfter time.Duration `yaml:"dead-after" min:"0s" max:"24h"`
	// What happens to the service when the daemon starts: offered, left inactive, or switched off.
	Activate string `yaml:"activate" oneof:"auto|manual|disabled"`
	// How far the service's state is flooded: `as` or `area: 0.0.0.1`. Default: as. If all nodes of the service are in one NSSA, name that area.
	Scope ScopeValue `yaml:"scope"`
	// How it is kept from running twice: convergent is as good as flooding is. Strict is not available in this version.
	Exclusion string `yaml:"exclusion" oneof:"convergent|strict"`
}

// TimeoutsSection is the section timeouts of a service. The primitive check
// has its time-out in check.
type TimeoutsSection struct {
	// Of primitive activate, over all its recalls.
	Activate time.Duration `yaml:"activate" min:"100ms" max:"24h"`
	// Of primitive deactivate, over all its recalls.
	Deactivate time.Duration `yaml:"deactivate" min:"100ms" max:"24h"`
	// Of primitive start, over all its recalls.
	Start time.Duration `yaml:"start" min:"100ms" max:"24h"`
	// Of primitive stop, over all its recalls.
	Stop time.Duration `yaml:"stop" min:"100ms" max:"24h"`
	// Of primitive reload.
	Reload time.Duration `yaml:"reload" min:"100ms" max:"24h"`
	// Of primitive restart, over all its recalls; at most as long again until its check says up.
	Restart time.Duration `yaml:"restart" min:"100ms" max:"24h"`
	// Of primitive join.
	Join time.Duration `yaml:"join" min:"100ms" max:"24h"`
	// Of primitive leave.
	Leave time.Duration `yaml:"leave" min:"100ms" max:"24h"`
	// Of primitive failed.
	Failed time.Duration `yaml:"failed" min:"100ms" max:"24h"`
	// Of primitive status.
	Status time.Duration `yaml:"status" min:"100ms" max:"24h"`
}

// RestartsSection is the section restarts of a service.
type RestartsSection struct {
	// Recoveries in place before the instance fails; 0: fail at once.
	Max int `yaml:"max" min:"0" max:"100"`
	// They are counted over this time.
	Within time.Duration `yaml:"within" min:"1s" max:"24h"`
}

// CheckSection is the section check of a service: one of tcp, http, dns,
// icmp, command and primitive. {address} stands for each of its addresses; no
// name is looked up.
type CheckSection struct {
	// Connect to `ADDRESS:PORT`, or to a port of each address.
	TCP TCPTarget `yaml:"tcp"`
	// Ask for a URL: a good status must come, by default 2xx or 3xx.
	HTTP HTTPCheck `yaml:"http"`
	// Ask a name server for a name.
	DNS DNSCheck `yaml:"dns"`
	// Expect an answer to an ICMP echo request from this address. Asked of an address of this host it says little.
	ICMP string `yaml:"icmp"`
	// Run a program: exit code 0 is up, 75 unknown, any other down.
	Command []string `yaml:"command"`
	// Call the primitive check of make or exec.
	Primitive bool `yaml:"primitive"`
	// From the end of one check to the beginning of the next.
	Interval time.Duration `yaml:"interval" min:"100ms" max:"24h"`
	// A check that takes longer is down.
	Timeout time.Duration `yaml:"timeout" min:"10ms" max:"1h"`
	// So many checks in a row must be down before the service counts as down. Behind a start one that is up announces the address, and one that is down is repeated at once.
	Fall int `yaml:"fall" min:"1" max:"100"`
	// So many checks in a row must be up before it counts as up again.
	Rise int `yaml:"rise" min:"1" max:"100"`
	// A check that could not be carried out for so long counts as down; 0: never.
	UnknownTimeout time.Duration `yaml:"unknown-timeout" min:"0s" max:"24h"`
}
