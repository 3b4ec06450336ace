// Package service holds what one service on one node is: its definition, its
// state and the table of transitions. It is pure: no clock, no socket, no log.
package service

import "fmt"

// State is the state of an instance: a configuration state and a run state
// that belong together. Pairs that the machine does not know have no value.
type State uint8

// The states, in the order of a healthy life.
const (
	Disabled       State = iota // disabled/stopped: switched off by the operator
	Inactive                    // inactive/stopped: configured, not offered
	Injected                    // injected/stopped: handed to the medium, own echo not heard
	Refused                     // failed/stopped: the medium or `activate` refused
	Stopped                     // active/stopped: I watch you all, and start when I rank first
	Starting                    // active/starting: claimed; waits for release, then starts
	Started                     // active/started
	Stopping                    // active/stopping
	FailedReleased              // active/failed, verified that nothing runs
	FailedHeld                  // active/failed, not verified: still blocks the others
	Deactivated                 // deactivated/stopped: leaving the medium
	numStates
)

var stateNames = [numStates][2]string{
	Disabled:       {"disabled", "stopped"},
	Inactive:       {"inactive", "stopped"},
	Injected:       {"injected", "stopped"},
	Refused:        {"failed", "stopped"},
	Stopped:        {"active", "stopped"},
	Starting:       {"active", "starting"},
	Started:        {"active", "started"},
	Stopping:       {"active", "stopping"},
	FailedReleased: {"active", "failed"},
	FailedHeld:     {"active", "failed held"},
	Deactivated:    {"deactivated", "stopped"},
}

// String returns "config state/run state", the thesis's notation.
func (s State) String() string {
	if s >= numStates {
		return fmt.Sprintf("state(%d)", uint8(s))
	}
	return stateWords[s]
}

// stateWords are made once: pictures of a cluster name thousands of states.
var stateWords = func() (words [numStates]string) {
	for s, halves := range stateNames {
		words[s] = halves[0] + "/" + halves[1]
	}
	return words
}()

// Valid reports whether s is one of the states.
func (s State) Valid() bool { return s < numStates }

// Active reports whether s is one of the active states; only these are flooded.
func (s State) Active() bool { return s >= Stopped && s <= FailedHeld }

// Held reports whether an instance in s blocks every other starter of its
// unit: something of it runs, or may run.
func (s State) Held() bool {
	return s == Starting || s == Started || s == Stopping || s == FailedHeld
}

// MarshalText writes String.
func (s State) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what String wrote.
func (s *State) UnmarshalText(b []byte) error {
	for i := range numStates {
		if i.String() == string(b) {
			*s = i
			return nil
		}
	}
	return fmt.Errorf("parse state %q: unknown", b)
}
