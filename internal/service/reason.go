package service

// FailureCode is why an instance failed. The numbers are on the wire: append only.
type FailureCode uint8

// The codes.
const (
	NoFailure        FailureCode = iota
	FailActivate                 // primitive `activate` failed
	FailMedium                   // the medium refused the record
	FailStart                    // primitive `start` failed
	FailStartTimeout             // the start deadline passed
	FailStop                     // primitive `stop` failed or timed out
	FailNotVerified              // something still runs after `stop`
	FailDied                     // the process died, restarts exhausted
	FailCheck                    // checks down, restarts exhausted
	FailCheckUnknown             // checks unknown for too long
	FailAddress                  // the address could not be owned or announced
	FailStray                    // found running, and could not be stopped
	FailRestart                  // primitive `restart` failed
	numFailures
)

var failureNames = [numFailures]string{
	"none", "activate failed", "medium refused", "start failed", "start timed out",
	"stop failed", "stop not verified", "process died", "check down", "check unknown",
	"address failed", "stray", "restart failed",
}

func (c FailureCode) String() string {
	if c >= numFailures {
		return "unknown failure"
	}
	return failureNames[c]
}

// Reason is why something was decided. Each decision carries one; logs, journal,
// `explain` and the console print it. The text is complete with the detail
// that accompanies it.
type Reason string

// The reasons.
const (
	ByOperator       Reason = "operator"
	AtStartUp        Reason = "daemon started"
	OwnEcho          Reason = "own echo heard"
	MediumRefused    Reason = "the medium refused the record"
	MediumLost       Reason = "the medium is lost"
	MediumBack       Reason = "the medium is back"
	RanksFirst       Reason = "this node ranks first"
	Outranked        Reason = "a better node is starting or runs it"
	PrimitiveOK      Reason = "the primitive succeeded"
	PrimitiveFailed  Reason = "the primitive failed"
	DeadlinePassed   Reason = "the deadline passed"
	ProcessDied      Reason = "the process died"
	CheckDown        Reason = "the check says down"
	CheckUnknownLong Reason = "the check has been unknown for too long"
	AddressFailed    Reason = "the address could not be set"
	IntentIsStop     Reason = "an operator stopped the unit"
	CriticalLost     Reason = "a critical member stopped or failed"
	DependencyLost   Reason = "a dependency stopped or failed"
	StopVerified     Reason = "the stop is verified"
	StopUnverified   Reason = "the stop could not be verified"
	VerifiedLater    Reason = "nothing is left of it any more"
	ConfirmedStopped Reason = "an operator confirmed that it does not run"
	FailureExpired   Reason = "the failure timed out"
	LastResort       Reason = "every node failed; the oldest failure is tried again"
	StrayFound       Reason = "found running without being ours"
	LeftOver         Reason = "an unfinished transition of the last run"
	AddressRanOut    Reason = "the address that the last run left ran out before the medium had this one"
	Adopted          Reason = "found running and ours"
	NotEligible      Reason = "this node may not run it any more"
	DaemonStops      Reason = "the daemon stops"
	Restarting       Reason = "restart in place"
	Restarted        Reason = "restarted in place"
	Cleared          Reason = "an operator cleared the failure"
	Reconfigured     Reason = "the configuration changed"
	DuplicateID      Reason = "another node uses this router ID"
)
