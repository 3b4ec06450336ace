package service

import (
	"fmt"
	"time"
)

// Primitive is one operation of a service's interface (thesis, table I, and
// the three that it lists in its text).
type Primitive uint8

// The eleven primitives.
const (
	Activate Primitive = iota
	Deactivate
	Start
	Stop
	Reload
	Restart
	Join
	Leave
	Failed
	Status
	Check
	NumPrimitives
)

var primitiveNames = [NumPrimitives]string{
	"activate", "deactivate", "start", "stop", "reload", "restart",
	"join", "leave", "failed", "status", "check",
}

// String returns the name of the Makefile target.
func (p Primitive) String() string {
	if p >= NumPrimitives {
		return fmt.Sprintf("primitive(%d)", uint8(p))
	}
	return primitiveNames[p]
}

// ParsePrimitive finds a primitive by its name.
func ParsePrimitive(s string) (Primitive, error) {
	for i, n := range primitiveNames {
		if n == s {
			return Primitive(i), nil
		}
	}
	return 0, fmt.Errorf("parse primitive %q: unknown", s)
}

// Outcome is what a primitive answered.
type Outcome uint8

// The outcomes.
const (
	OK          Outcome = iota // done
	NotFinished                // call me again after Result.Recall
	Failure                    // failed with Result.Code and Result.Text
	TimedOut                   // killed after its time-out
	CannotRun                  // could not be executed at all: says nothing about the service
)

var outcomeNames = [...]string{"ok", "not finished", "failed", "timed out", "cannot run"}

func (o Outcome) String() string {
	if int(o) >= len(outcomeNames) {
		return fmt.Sprintf("outcome(%d)", uint8(o))
	}
	return outcomeNames[o]
}

// Result is the answer of one call of a primitive.
type Result struct {
	Outcome Outcome
	Code    int           // of a Failure: the primitive's own code, 1–255
	Text    string        // one line for the operator, at most 200 bytes
	Recall  time.Duration // of NotFinished: when to call again, > 0
	// Verified is set by Stop: nothing of the service is left (its cgroup is
	// empty or its unit inactive; for a resource `stop` answered ok, too).
	Verified bool
}

// Health is what a check found.
type Health uint8

// The three values: a check that could not run is Unknown, never Up and never
// silently Down.
const (
	Unknown Health = iota
	Up
	Down
)

func (h Health) String() string { return [...]string{"unknown", "up", "down"}[h%3] }
