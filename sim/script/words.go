package script

// Understands reports whether a word is one of the vocabulary.
func Understands(word string) bool {
	_, ok := commands[word]
	return ok
}

// Builds reports whether a word builds a world instead of breaking it.
func Builds(word string) bool {
	switch word {
	case "timers", "router", "host", "lan", "link", "service", "boot":
		return true
	}
	return false
}

// LabOnly are words of `srr-lab fault` that mean nothing here, and why.
var LabOnly = map[string]string{
	"starve": "nothing takes processor time in virtual time; what comes of it, a process that stands still, is stop and cont",
	"feed":   "as starve",
}

// SimulatorOnly are words of faults that a lab cannot carry out, and why.
var SimulatorOnly = map[string]string{
	"quality":    "a lab's links have the quality that they were built with; lose is the part that it has",
	"crash":      "nobody outside of srrd can tell its effects apart; crash-sweep of lab/faults tries many moments",
	"pause":      "needs a virtual machine",
	"suspend":    "needs a virtual machine",
	"clock":      "all namespaces share the machine's clocks",
	"disk":       "needs a file system of its own; small-disk and freeze-disk of lab/faults",
	"wipe":       "srrd of a lab keeps its state open",
	"damage":     "as wipe",
	"upgrade":    "there is one build of srrd",
	"downgrade":  "as upgrade",
	"purge":      "needs a router that forges; c33j_ of lab/faults has one",
	"exhaust":    "needs a router that forges",
	"behave":     "needs services that can be told; lab/faults has them",
	"check":      "as behave",
	"die":        "as behave",
	"address":    "the kernel does not refuse addresses when it is told to",
	"configure":  "config of lab/faults",
	"mend":       "each fault has its own end",
	"attend":     "needs a person, or what the simulator knows of all hosts",
	"flap":       "more than a verb; lab/faults has it",
	"crash-loop": "more than a verb; lab/faults has it",
}
