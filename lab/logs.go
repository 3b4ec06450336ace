package lab

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// SaveLogs copies what the processes of all nodes wrote to DIR/NODE, for
// reading when the lab is down.
func (l *Lab) SaveLogs(dir string) error {
	var errs []error
	for _, n := range l.topo.Nodes {
		to := filepath.Join(dir, n.Name)
		if err := os.RemoveAll(to); err != nil {
			errs = append(errs, err)
			continue
		}
		errs = append(errs, os.CopyFS(to, os.DirFS(l.Path(n.Name, "log"))))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("save logs: %w", err)
	}
	return nil
}
