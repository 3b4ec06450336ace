package config

import (
	"net/netip"
	"time"
)

// All defaults are in this file.

// AddressLifetime is the kernel lifetime of an announced address:
// a daemon that is gone announces nothing after it.
const AddressLifetime = 5 * time.Second

// defaultDeadAfter leaves room for the kernel's timer and for flooding.
const defaultDeadAfter = AddressLifetime + 2*time.Second

// defaultFailureMax ends the doubling of failure-timeout.
const defaultFailureMax = 2 * time.Hour

// DefaultFile returns a file with the defaults of all sections that are not
// lists, for the schema and the reference.
func DefaultFile() *File { return defaultFile() }

func defaultFile() *File {
	return &File{
		Node: NodeSection{
			ParallelStarts: 16,
			LeaveGrace:     5 * time.Second,
			DetachFor:      time.Minute,
		},
		Routing: RoutingSection{FRR: FRRSection{VTY: "/run/frr", MinArrival: time.Second}},
		Paths:   PathsSection{State: "/var/lib/srr", Run: "/run/srr", PKI: "/etc/srr/pki", Cgroup: "srr"},
		Join:    JoinSection{AloneAfter: time.Minute, WhenCutOff: "stop"},
	}
}

func (m *MediumSection) setDefaults() {
	m.OSPFAPI = netip.MustParseAddrPort("127.0.0.1:2607")
	m.OpaqueType = 222
	m.APIFilter = "nftables"
	m.Signatures = "off"
}

func (g *GroupSection) setDefaults() { g.Preference = 100 }

func (s *ServiceSection) setDefaults() {
	*s = ServiceSection{
		Critical:   true,
		Preference: 100,
		Check: CheckSection{
			HTTP:           HTTPCheck{Status: "200-399"},
			DNS:            DNSCheck{Type: "A"},
			Interval:       10 * time.Second,
			Timeout:        3 * time.Second,
			Fall:           2,
			Rise:           1,
			UnknownTimeout: 5 * time.Minute,
		},
		Timeouts: TimeoutsSection{
			Activate: 30 * time.Second, Deactivate: 30 * time.Second,
			Start: time.Minute, Stop: 30 * time.Second,
			Reload: 30 * time.Second, Restart: 90 * time.Second,
			Join: 30 * time.Second, Leave: 30 * time.Second,
			Failed: 30 * time.Second, Status: 10 * time.Second,
		},
		Restarts:          RestartsSection{Max: 3, Within: 10 * time.Minute},
		FailureTimeout:    10 * time.Minute,
		FailureTimeoutMax: defaultFailureMax,
		DeadAfter:         defaultDeadAfter,
		Activate:          "auto",
		Exclusion:         "convergent",
	}
}

// Fresh fills a section of the file, given by its address, with its defaults
// and returns it. Sections without any stay as they are.
func Fresh[T any](section T) T {
	if x, ok := any(section).(defaults); ok {
		x.setDefaults()
	}
	return section
}
