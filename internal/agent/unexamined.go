package agent

// Unexamined is why something could not be looked at just now: it is not known
// to be wrong.
type Unexamined struct{ Why string }

func (e *Unexamined) Error() string { return "could not be examined: " + e.Why }
