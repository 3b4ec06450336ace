// Package cluster runs srrd on the hosts of a lab and asks it what runs where.
package cluster

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"srr/lab"
)

// Config of a cluster.
type Config struct {
	Binary string // path of srrd
	// Restart is the pause before srrd is started again when it ends, as
	// systemd does it. 0: never.
	Restart  time.Duration
	Groups   []Group
	Services []Service
	// ConsolePort is where every host has its console; 0: none. PKI is the
	// directory of a host's certificates; nil: none.
	ConsolePort int
	PKI         func(host string) string
	Signatures  string // of records: off, warn, require; empty: off
	// Notify are the entries of the section notify, in YAML, one per line.
	Notify []string
}

// Group is one entry of groups in the configuration of srrd.
type Group struct {
	Name string
	On   Preferences
}

// Service is one entry of services in the configuration of srrd.
type Service struct {
	Name string
	On   Preferences
	// Settings are the other keys, in YAML, one per line.
	Settings []string
}

// Preferences says on which hosts something is configured and how much they
// are preferred, 0–65535.
type Preferences map[string]int

// Equal prefers all the hosts named alike.
func Equal(hosts ...string) Preferences {
	p := Preferences{}
	for _, h := range hosts {
		p[h] = 100
	}
	return p
}

// render writes srr.yaml for one host.
func (c *Config) render(n *lab.Node, state string, timers lab.Timers) string {
	var b strings.Builder
	fmt.Fprintf(&b, "cluster: lab\nnode: {name: %s, router-id: %s}\n", n.Name, n.RouterID)
	signatures := ""
	if c.Signatures != "" {
		signatures = ", signatures: " + c.Signatures
	}
	fmt.Fprintf(&b, "medium: {ospf-api: \"127.0.0.1:2607\", opaque-type: 222%s}\n", signatures)
	arrival := "" // FRR's default, or what all routers of the lab have
	if !timers.Default {
		arrival = ", min-arrival: 0s"
	}
	fmt.Fprintf(&b, "routing: {frr: {vty: /run/frr%s}}\npaths: {state: %s, run: /run/srr%s}\n", arrival, state, c.pki(n.Name))
	if c.ConsolePort != 0 {
		fmt.Fprintf(&b, "console: {listen: \"0.0.0.0:%d\", edit: true}\n", c.ConsolePort)
	}
	for i, entry := range c.Notify {
		if i == 0 {
			b.WriteString("notify:\n")
		}
		fmt.Fprintf(&b, "  - %s\n", entry)
	}
	grouped := false
	for _, g := range c.Groups {
		preference, here := g.On[n.Name]
		if !here {
			continue
		}
		if !grouped {
			b.WriteString("groups:\n")
			grouped = true
		}
		fmt.Fprintf(&b, "  %s: {preference: %d}\n", g.Name, preference)
	}
	b.WriteString("services:")
	some := false
	for _, s := range c.Services {
		preference, here := s.On[n.Name]
		if !here {
			continue
		}
		some = true
		fmt.Fprintf(&b, "\n  %s:\n", s.Name)
		if !slices.ContainsFunc(s.Settings, func(line string) bool { return strings.HasPrefix(line, "group:") }) {
			fmt.Fprintf(&b, "    preference: %d\n", preference)
		}
		for _, line := range s.Settings {
			fmt.Fprintf(&b, "    %s\n", line)
		}
	}
	if !some {
		b.WriteString(" {}\n")
	}
	return b.String()
}

// pki is the key that says where a host's certificates are.
func (c *Config) pki(host string) string {
	if c.PKI == nil {
		return ""
	}
	return ", pki: " + c.PKI(host)
}

// hosts of the cluster, sorted.
func (c *Config) hosts() []string {
	all := map[string]bool{}
	for _, s := range c.Services {
		for h := range s.On {
			all[h] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

func (c *Config) write(l *lab.Lab, host string) (path string, err error) {
	n, err := l.Topology().Node(host)
	if err != nil {
		return "", err
	}
	path = l.Path(host, "srr.yaml")
	text := c.render(n, l.Path(host, "state"), l.Timers())
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return "", fmt.Errorf("configure %s: %w", host, err)
	}
	return path, nil
}
