package lab

import (
	"bytes"
	"errors"
	"fmt"
	"os/exec"
)

// Filter drops so many percent of the frames on a link of a node in one
// direction, ARP included; 0 ends that. Hook: ingress or egress (Linux 5.16).
func (l *Lab) Filter(node, name, hook string, percent int) error {
	n, err := l.topo.Node(node)
	if err != nil {
		return err
	}
	if _, err := n.Link(name); err != nil {
		return err
	}
	table := "netdev lab-" + hook + "-" + name
	rules := "delete table " + table
	if percent > 0 {
		match := ""
		if percent < 100 {
			match = fmt.Sprintf("numgen random mod 100 < %d ", percent)
		}
		rules = fmt.Sprintf("table %s { chain lost { type filter hook %s device %q priority 0; %sdrop; }; }", table, hook, name, match)
	}
	err = InNamespace(l.NodeNamespace(node), func() error {
		out, err := exec.Command("nft", rules).CombinedOutput()
		if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
			return fmt.Errorf("%w: %s", err, bytes.TrimSpace(out))
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("filter %s of %s: %w", name, node, err)
	}
	return nil
}
