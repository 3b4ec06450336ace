package lab

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"time"
)

// StateRoot is where labs write down what they made.
const StateRoot = "/run/srr-lab"

var prefixSyntax = regexp.MustCompile(`^[a-z][a-z0-9]{0,11}$`)

// State is what is known of a lab on disk.
type State struct {
	Prefix   string    `json:"prefix"`
	Topology string    `json:"topology"`
	Timers   string    `json:"timers"`
	Announce bool      `json:"announce"` // FRR announces service addresses on the loopback by itself
	Created  time.Time `json:"created"`
	// Owner is the process that the lab ends with; its PID is 0 for a lab that
	// stays until it is taken down.
	Owner      Process            `json:"owner"`
	Cgroup     string             `json:"cgroup"`
	Namespaces []string           `json:"namespaces"`
	Processes  map[string]Process `json:"processes"` // by name, such as n1/ospfd
	Daemons    map[string]Daemon  `json:"daemons"`   // srrd by node
	Off        map[string]bool    `json:"off"`       // nodes without power
}

// store keeps a State on disk. Several processes may work on one lab.
type store struct {
	mu  sync.Mutex
	dir string
}

func (s *store) file() string { return filepath.Join(s.dir, "state.json") }

func (s *store) load() (State, error) {
	var st State
	data, err := os.ReadFile(s.file())
	if err != nil {
		return st, fmt.Errorf("read state of lab: %w", err)
	}
	if err := json.Unmarshal(data, &st); err != nil {
		return st, fmt.Errorf("read state of lab %s: %w", filepath.Base(s.dir), err)
	}
	return st, nil
}

func (s *store) save(st State) error {
	data, err := json.MarshalIndent(st, "", "  ")
	if err != nil {
		return fmt.Errorf("write state of lab: %w", err)
	}
	if err := os.WriteFile(s.file()+".new", data, 0o600); err != nil {
		return fmt.Errorf("write state of lab: %w", err)
	}
	return os.Rename(s.file()+".new", s.file())
}

// Labs lists the labs that left a state, whether their owners live or not.
// A directory whose state cannot be read is listed with its prefix only.
func Labs() ([]State, error) {
	entries, err := os.ReadDir(StateRoot)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list labs: %w", err)
	}
	var out []State
	for _, e := range entries {
		if !e.IsDir() || !prefixSyntax.MatchString(e.Name()) {
			continue
		}
		s := store{dir: filepath.Join(StateRoot, e.Name())}
		st, err := s.load()
		if err != nil {
			st = State{Prefix: e.Name()}
		}
		out = append(out, st)
	}
	return out, nil
}
