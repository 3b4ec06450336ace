package lab

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"time"
)

func (l *Lab) writeFRRConfig(n *Node) error {
	files := map[string]string{"vtysh.conf": ""}
	for _, d := range daemons(l.timers) {
		files[d+".conf"] = l.frrConfig(n, d)
	}
	for name, text := range files {
		path := l.Path(n.Name, "etc/frr", name)
		if err := os.WriteFile(path, []byte(text), 0o640); err != nil {
			return fmt.Errorf("write configuration of FRR: %w", err)
		}
		if err := chownFRR(path); err != nil {
			return err
		}
	}
	return nil
}

// startFRR starts all daemons of FRR that a node has.
func (l *Lab) startFRR(n *Node) error {
	for _, d := range daemons(l.timers) {
		if err := l.startDaemon(n, d); err != nil {
			return err
		}
	}
	return nil
}

// startDaemon starts one daemon of FRR. The terminal ports are off: vtysh uses
// the sockets in the node's own /run/frr.
func (l *Lab) startDaemon(n *Node, daemon string) error {
	argv := []string{"/usr/lib/frr/" + daemon, "-f", "/etc/frr/" + daemon + ".conf", "-P", "0", "-u", "frr", "-g", "frr"}
	if daemon == "ospfd" {
		argv = append(argv, "-a")
	}
	socket := l.Path(n.Name, "run/frr/zserv.api")
	if daemon == "zebra" {
		_ = os.Remove(socket)
	}
	p, err := l.Start(n.Name, daemon, argv...)
	if err != nil {
		return err
	}
	if daemon == "bfdd" {
		if err := l.hurry(p); err != nil {
			l.log.Warn("bfdd has no real-time priority", "node", n.Name, "err", err)
		}
	}
	if daemon != "zebra" {
		return nil
	}
	// A second, but on a machine that does much else.
	err = waitFor(20*time.Second, "zebra of "+n.Name, func() bool {
		_, err := os.Stat(socket)
		return err == nil || !p.Alive()
	})
	if err == nil && !p.Alive() {
		out, _ := os.ReadFile(l.Path(n.Name, "log", "zebra.out"))
		err = fmt.Errorf("start zebra of %s: it has ended: %s", n.Name, bytes.TrimSpace(out))
	}
	return err
}

// Vtysh runs commands of FRR's shell on a node.
func (l *Lab) Vtysh(ctx context.Context, node string, commands ...string) (string, error) {
	argv := []string{"vtysh"}
	for _, c := range commands {
		argv = append(argv, "-c", c)
	}
	return l.Exec(ctx, node, argv...)
}
