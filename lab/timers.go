package lab

import (
	"fmt"
	"time"
)

// Timers is a set of timers that all routers and hosts of a lab use.
type Timers struct {
	Name string
	// Default leaves everything as FRR has it: hello 10 s, dead 40 s.
	Default bool
	// BFD is the interval of BFD, three of which decide. 0: no BFD.
	BFD time.Duration
	// NoQueue lets zebra work at once ("zebra work-queue 0").
	NoQueue bool
	// Detect is the longest time until a neighbor is found dead.
	Detect time.Duration
}

// AllTimers are the sets to choose from, from slow to fast.
var AllTimers = []Timers{
	{Name: "default", Default: true, Detect: 40 * time.Second},
	{Name: "hello", Detect: time.Second},
	{Name: "bfd50", BFD: 50 * time.Millisecond, Detect: 150 * time.Millisecond},
	{Name: "bfd20", BFD: 20 * time.Millisecond, NoQueue: true, Detect: 60 * time.Millisecond},
}

// FindTimers finds a set by name.
func FindTimers(name string) (Timers, error) {
	for _, t := range AllTimers {
		if t.Name == name {
			return t, nil
		}
	}
	return Timers{}, fmt.Errorf("find timers %q: not one of default, hello, bfd50, bfd20", name)
}
