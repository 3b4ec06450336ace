package lab

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// forgetFiles empties what is kept in memory on a real machine: /run, and the
// packet filter.
func (l *Lab) forgetFiles(n *Node) error {
	run := l.Path(n.Name, "run")
	entries, err := os.ReadDir(run)
	if err != nil {
		return fmt.Errorf("forget what %s knew: %w", n.Name, err)
	}
	for _, e := range entries {
		// The mount point of all labs' files, the node's among them.
		if "/"+e.Name() == runLab {
			continue
		}
		if err := os.RemoveAll(filepath.Join(run, e.Name())); err != nil {
			return fmt.Errorf("forget what %s knew: %w", n.Name, err)
		}
	}
	if _, err := exec.LookPath("nft"); err != nil {
		return nil
	}
	return InNamespace(l.NodeNamespace(n.Name), func() error {
		return exec.Command("nft", "flush", "ruleset").Run()
	})
}
