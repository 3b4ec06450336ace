//go:build lab

package faults

import (
	"strings"
	"testing"

	"srr/lab"
	vocabulary "srr/sim/script"
)

// labWords are words of these scripts that the simulator does not have, and why.
var labWords = map[string]string{
	"refused": "an expectation: sim/property has its own, for every moment", "see": "as refused", "unseen": "as refused",
	"on": "as refused", "elsewhere": "as refused", "nowhere": "as refused", "state": "as refused", "settled": "as refused",
	"stays": "as refused", "starts": "as refused", "dark": "as refused", "memory": "as refused", "overlap": "as refused",
	"may-end": "as refused", "alarm-left": "as refused",
	"last": "scripts of the simulator have times before each line",
	"exec": "there is no shell", "connect": "there are no connections", "reset": "as connect",
	"crash-sweep": "crash HOST EFFECTS names the moment",
	"limit-files": "nothing opens files", "small-disk": "disk HOST full", "fill-disk": "as small-disk", "free-disk": "disk HOST good",
	"large-disk": "as free-disk", "freeze-disk": "disk HOST hangs", "thaw-disk": "as free-disk",
	"state-disk": "as small-disk", "freeze-state": "as freeze-disk",
	"deaf-log": "the core writes no log", "heard-log": "as deaf-log",
	"config": "configure HOST SERVICE pref=NUMBER; there are no files", "config-half": "as config", "config-back": "as config",
	"peer-garbage": "bytes are the codec's business, and that is fuzzed", "peer-storm": "as peer-garbage",
	"peer-forge": "as peer-garbage: discovery/signed", "peer-newer": "upgrade HOST", "peer-leave": "as peer-garbage",
	"peer-purge": "purge NODE ROUTER", "peer-silence": "no router of its network fights with numbers: discovery/opaque",
	"peer-mimic": "as peer-garbage: discovery/opaque", "genuine": "as refused",
}

// TestOneVocabulary: a fault has one name. Each word of srr-lab fault and of these
// scripts means the same in the simulator, or there is a reason why it means nothing.
func TestOneVocabulary(t *testing.T) {
	for i := range lab.Verbs {
		name := lab.Verbs[i].Name()
		if why, only := vocabulary.LabOnly[name]; vocabulary.Understands(name) == only || only && why == "" {
			t.Errorf("srr-lab fault %s: the simulator understands it: %v; listed as of the lab only: %v", name, vocabulary.Understands(name), only)
		}
	}
	for name := range words {
		if why, only := labWords[name]; vocabulary.Understands(name) == only || only && why == "" {
			t.Errorf("%s: the simulator understands it: %v; listed as of the lab only: %v", name, vocabulary.Understands(name), only)
		}
	}
	for name := range labWords {
		if _, known := words[name]; !known {
			t.Errorf("%s is listed, and no word", name)
		}
	}
	for name, why := range vocabulary.SimulatorOnly {
		for i := range lab.Verbs {
			if lab.Verbs[i].Name() == name {
				t.Errorf("the lab has %s, which is listed as of the simulator only", name)
			}
		}
		if !vocabulary.Understands(name) || strings.TrimSpace(why) == "" {
			t.Errorf("%s is listed, and no word of the simulator", name)
		}
	}
}
