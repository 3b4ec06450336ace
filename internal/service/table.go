package service

import "fmt"

// Event is what makes an instance change its state.
type Event uint8

// The events, in the order of a healthy life.
const (
	EvEnable         Event = iota // operator
	EvDisable                     // operator
	EvActivated                   // primitive `activate` ok
	EvActivateFailed              // primitive `activate` failed
	EvEcho                        // own echo heard
	EvRefused                     // the medium refuses the record
	EvReactivate                  // activate again after a refusal
	EvAdopt                       // found running at start-up, and ours
	EvStray                       // found running or unfinished at start-up, and not to be adopted
	EvRankFirst                   // this node ranks first and every critical member can run here
	EvAbort                       // before `start` was called
	EvStarted                     // primitive `start` ok
	EvStop                        // has to stop: outranked, verb, dependency, failure, …
	EvReleased                    // stop verified, without an error
	EvReleasedFailed              // stop verified, and it stopped because of an error
	EvHeld                        // stop not verified
	EvVerified                    // verified later, or confirmed by an operator
	EvFailed                      // failed before anything was started
	EvClear                       // clear, failure time-out or last resort
	EvDeactivate                  // operator, or the daemon stops
	EvDeactivated                 // flushed, and `deactivate` returned
	EvMediumLost                  // nothing runs any more and the medium is gone
	numEvents
)

var eventNames = [numEvents]string{
	"enable", "disable", "activated", "activate failed", "echo", "refused", "reactivate",
	"adopt", "stray", "rank first", "abort", "started", "stop", "released",
	"released after an error", "held", "verified", "failed", "clear", "deactivate",
	"deactivated", "medium lost",
}

func (e Event) String() string {
	if e >= numEvents {
		return fmt.Sprintf("event(%d)", uint8(e))
	}
	return eventNames[e]
}

// Transition is one row of the machine.
type Transition struct {
	From State
	On   Event
	To   State
}

// Table is the machine, in the order of a healthy life. What is not
// here cannot happen.
var Table = []Transition{
	{Disabled, EvEnable, Inactive},
	{Inactive, EvDisable, Disabled},
	{Refused, EvDisable, Disabled},
	{Inactive, EvActivated, Injected},
	{Inactive, EvActivateFailed, Refused},
	{Injected, EvEcho, Stopped},
	{Injected, EvRefused, Refused},
	{Injected, EvDeactivate, Deactivated},
	{Refused, EvReactivate, Inactive},

	// A daemon that starts finds what its predecessor left.
	{Inactive, EvAdopt, Started},
	{Inactive, EvStray, Stopping},
	{Disabled, EvStray, Stopping},

	{Stopped, EvRankFirst, Starting},
	{Stopped, EvFailed, FailedReleased}, // of an earlier run of the daemon, and not over
	{Starting, EvAbort, Stopped},
	{Starting, EvFailed, FailedReleased},
	{Starting, EvStarted, Started},
	{Starting, EvStop, Stopping},
	{Started, EvStop, Stopping},
	{Stopping, EvReleased, Stopped},
	{Stopping, EvReleasedFailed, FailedReleased},
	{Stopping, EvHeld, FailedHeld},
	{FailedHeld, EvVerified, FailedReleased},
	{FailedReleased, EvClear, Stopped},

	{Stopped, EvDeactivate, Deactivated},
	{FailedReleased, EvDeactivate, Deactivated},
	{Deactivated, EvDeactivated, Inactive},

	// A lost medium: what has stopped waits for the echo of a fresh incarnation.
	{Stopped, EvMediumLost, Injected},
}

var next = func() (t [numStates][numEvents]State) {
	for s := range t {
		for e := range t[s] {
			t[s][e] = numStates
		}
	}
	for _, r := range Table {
		t[r.From][r.On] = r.To
	}
	return t
}()

// Next returns the state after e in s, and whether e can happen in s at all.
func Next(s State, e Event) (State, bool) {
	if s >= numStates || e >= numEvents {
		return s, false
	}
	to := next[s][e]
	if to == numStates {
		return s, false
	}
	return to, true
}
