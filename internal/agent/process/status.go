package process

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
)

const maxListed = 200

// Table lists the service's processes for the operator: ID, state, resident
// memory, command.
func (s *Service) Table() string {
	g := s.Group()
	if g == nil {
		return ""
	}
	pids := g.Processes()
	var b bytes.Buffer
	w := tabwriter.NewWriter(&b, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "PID\tSTATE\tMEMORY\tCOMMAND")
	for _, pid := range first(pids, maxListed) {
		status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		if err != nil {
			continue // it has ended
		}
		command, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\n", pid, field(status, "State"), field(status, "VmRSS"),
			oneLine(string(bytes.ReplaceAll(command, []byte{0}, []byte{' '}))))
	}
	_ = w.Flush()
	if len(pids) > maxListed {
		fmt.Fprintf(&b, "and %d more\n", len(pids)-maxListed)
	}
	return b.String()
}

// field finds a value of /proc/PID/status.
func field(status []byte, name string) string {
	for line := range strings.Lines(string(status)) {
		if value, ok := strings.CutPrefix(line, name+":"); ok {
			return strings.TrimSpace(value)
		}
	}
	return "-"
}
