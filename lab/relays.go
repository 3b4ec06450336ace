package lab

import (
	"encoding/json"
	"fmt"
	"os"

	"srr/lab/relay"
)

// end is one end of a link.
type end struct {
	node *Node
	link *Link
}

// ends lists who is attached to a LAN.
func (l *Lab) ends(lan string) []end {
	var out []end
	for i := range l.topo.Nodes {
		n := &l.topo.Nodes[i]
		for j := range n.Links {
			if n.Links[j].LAN == lan {
				out = append(out, end{node: n, link: &n.Links[j]})
			}
		}
	}
	return out
}

// relaySpec is what a relay process is told about one link.
type relaySpec struct {
	A, B   relay.End
	Params relay.Params
}

func (l *LAN) params() relay.Params {
	return relay.Params{Delay: l.Delay, Jitter: l.Jitter, Loss: l.Loss, Duplicate: l.Duplicate, Corrupt: l.Corrupt}
}

// startRelays starts one process for all links with a delay.
func (l *Lab) startRelays() error {
	var specs []relaySpec
	for i := range l.topo.LANs {
		lan := &l.topo.LANs[i]
		if !lan.PointToPoint() {
			continue
		}
		ends := l.ends(lan.Name)
		if len(ends) != 2 {
			return fmt.Errorf("start relay of %s: %d ends, want 2", lan.Name, len(ends))
		}
		at := func(e end) relay.End {
			return relay.End{Namespace: l.NodeNamespace(e.node.Name), Interface: e.link.Name}
		}
		specs = append(specs, relaySpec{A: at(ends[0]), B: at(ends[1]), Params: lan.params()})
	}
	if len(specs) == 0 {
		return nil
	}
	data, err := json.Marshal(specs)
	if err != nil {
		return fmt.Errorf("start relay: %w", err)
	}
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("start relay: %w", err)
	}
	cmd, err := l.command("lab", "relay", []string{self, string(data)})
	if err != nil {
		return err
	}
	cmd.Env = append(os.Environ(), helperEnv+"=relay")
	return l.launch(cmd, "lab", "lab/relay")
}

// runRelay relays until it is killed. Argument: the links, as JSON.
func runRelay(args []string) error {
	var specs []relaySpec
	if len(args) != 1 {
		return fmt.Errorf("relay: want one argument")
	}
	if err := json.Unmarshal([]byte(args[0]), &specs); err != nil {
		return fmt.Errorf("relay: %w", err)
	}
	failed := make(chan error)
	for _, s := range specs {
		a, err := openTap(s.A)
		if err != nil {
			return err
		}
		b, err := openTap(s.B)
		if err != nil {
			return err
		}
		go func() { failed <- relay.Run(a, b, s.Params) }()
	}
	return <-failed
}

// openTap opens one end in its namespace.
func openTap(e relay.End) (f *os.File, err error) {
	err = InNamespace(e.Namespace, func() error {
		f, err = relay.OpenTap(e.Interface)
		return err
	})
	return f, err
}
