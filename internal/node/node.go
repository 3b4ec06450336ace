// Package node is the core of srrd: from what the medium, the agents, the
// checks and the operators report, it decides what this node does with all its
// services. It is pure: Step takes one fact and the time, Output says how the
// world should look, Deadline when to look again. srrd, the simulator and
// what-if drive the same code.
package node

import (
	"cmp"
	"net/netip"
	"strings"
	"time"

	"srr/internal/discovery"
	"srr/internal/routerid"
	"srr/internal/service"
)

// Now is the time of a step. All timers use Boot; Wall is for what people
// read and for the expiry of moves.
type Now struct {
	Boot time.Duration // CLOCK_BOOTTIME: since boot, counting suspend
	Wall time.Time
}

// never is later than every deadline.
const never = time.Duration(1<<63 - 1)

// Timing of the rules. None of it is configurable: each value exists because
// of a measurement or of a schedule that broke a shorter one.
const (
	echoWait        = time.Second             // a stop waits so long for its own echo
	rankQuiet       = 50 * time.Millisecond   // nothing starts so soon after a change of the own rank
	joinQuiet       = 250 * time.Millisecond  // nor so soon after joining, plus up to as much again
	displaceQuiet   = 5 * time.Second         // nor displaces a holder so soon after returning
	gateQuiet       = time.Second             // the join gate wants unchanged facts for so long
	shutOutAfter    = 12 * time.Second        // of a router that refuses; it is asked every 2 s
	flushAfter      = 1100 * time.Millisecond // MinLSArrival and a little (RFC 2328, appendix B)
	lingerFor       = 50 * time.Millisecond   // an outranked service answers while routers switch over
	verifyEvery     = 5 * time.Second         // how often a held failure is looked at again
	firstCheck      = 20 * time.Millisecond   // first repetition of the check before the announcement; doubles
	firstCheckMax   = 100 * time.Millisecond  // up to this: so long it may stay unnoticed that a service is up
	firstCheckShare = time.Millisecond        // and up to so much for each service that is checked like this
	lastResortMin   = 5 * time.Second         // back-off of the last resort; doubles
	lastResortMax   = 5 * time.Minute
	doubtFor        = 10 * time.Second // self-doubt after a pause
	deadMargin      = 2 * time.Second  // dead_after is so much longer than addresses live
)

// Options are what a node is.
type Options struct {
	Cluster  string
	Name     string // host name
	RouterID routerid.ID
	Boot     discovery.BootID
	Seed     uint64 // random: nonces and jitter come from it
	Software string
	Console  netip.AddrPort // of this node, as others reach it; zero: none
	Services []service.Spec
	// Saved is what Output.Saved held when the last process ended.
	Saved map[string]Saved
	// Found are the services that were found running at start-up.
	Found map[string]Found
	// AloneAfter is how long a node waits for others when it joins. Default 60 s.
	AloneAfter time.Duration
	// StartCutOff starts services also without any Full neighbor: for LANs without a router.
	StartCutOff bool
	// ParallelStarts is how many `start` primitives may run at once. Default 16.
	ParallelStarts int
	// LeaveGrace is the time between the flush of a record and primitive
	// `deactivate`. Default 5 s.
	LeaveGrace time.Duration
	// DetachFor is for how long a detached daemon's addresses live on. Default 60 s.
	DetachFor time.Duration
}

// Found is what was found of a service at start-up.
type Found struct {
	Running bool // processes or the unit
	Address bool // all its addresses are still announced
	Text    string
}

// Node is the core. Not safe for concurrent use: one goroutine owns it.
type Node struct {
	opt Options
	now Now

	medium         bool // up
	mediumSince    time.Duration
	mediumEver     bool
	unsettledUntil time.Duration // units are left alone that did not settle; 0: none were
	overtaken      bool          // began again above a record of our past, since the medium is up
	bornAt         time.Duration
	mediumErr      string
	incarnation    uint64
	counter        uint64
	nonce          uint64
	hasSettled     bool

	instances map[string]*instance
	order     []*instance // dependencies first
	units     map[service.Unit]*unit
	peers     map[routerid.ID]*peer
	everyPeer []*peer                    // the same, sorted
	services  map[string]*known          // every service that any record names
	named     map[netip.Addr][]elsewhere // which instances name an address, sorted
	members   map[string]Saved           // persisted members, by key
	abandoned map[string]*abandoned

	reach map[routerid.ID]discovery.Reach
	// suspects are those of reach of that state, sorted. Replaced, never changed.
	suspects []routerid.ID
	turmoil  turmoil
	links    discovery.Links
	// fullSince is when the first neighbor of links became Full.
	fullSince time.Duration
	// notReady is why this node cannot announce addresses; "" if it can, as far as is
	// known. While it asks the router anew, both are true.
	notReady   string
	notReadyAt time.Duration // since when there has been a reason
	asking     bool
	// linksKnown: before the first report of the links, nobody is cut off.
	linksKnown bool
	gate       gate
	// fresh: since the daemon's start the gate has not opened and the node was not cut off:
	// what it adopted stays announced.
	fresh bool

	flags      discovery.NodeFlags // Drained, DrainHard, Maintenance, NodeLeaving, Detached as set by operators
	confirmed  map[whose]discovery.Confirmation
	nodeRecord ownRecord
	doubtUntil time.Duration
	undurable  bool
	twin       twin
	leaving    bool // the daemon stops
	leaveAt    time.Duration

	routes map[string]Route
	calls  map[string]Call
	// callsGiven: the last output has calls, so they are not changed any more.
	callsGiven bool
	called     uint64 // see Output
	nextID     uint64
	starts     int     // `start` primitives that run
	queue      []*unit // wait for a free one, in order

	dirty     []*unit       // to be evaluated
	looked    []*unit       // the dirty ones before: their memory is used again
	nextWake  time.Duration // no unit wants to look again before
	tidyWake  time.Duration // nobody is forgotten before, see checkStrangers
	wordsWake time.Duration // no peer is listened to before, see checkWords
	// identityWake: no doubt about who a peer is ends before.
	identityWake time.Duration
	ids          []routerid.ID      // of authors
	output       Output             // the last one
	flooding     []discovery.Record // its records
	stale        bool               // output is older than the state
	saves        map[string]Saved
	unsaved      map[string]struct{}
	events       []Event
	alarms       map[string]string
	// complaints are about records that cannot be used, by the key of the alarm;
	// none of them ends before complaintWake.
	complaints    map[string]*complaint
	complaintWake time.Duration
}

func (o *Options) defaults() {
	o.AloneAfter = cmp.Or(o.AloneAfter, time.Minute)
	o.LeaveGrace = cmp.Or(o.LeaveGrace, 5*time.Second)
	o.DetachFor = cmp.Or(o.DetachFor, time.Minute)
	o.ParallelStarts = cmp.Or(o.ParallelStarts, 16)
}

// New creates the core as it is before the medium is up.
func New(now Now, opt Options) *Node {
	opt.defaults()
	n := &Node{
		opt: opt, now: now, bornAt: now.Boot, fresh: true, nextWake: never, identityWake: never, wordsWake: never, tidyWake: never, complaintWake: never, stale: true, called: 1,
		instances:  map[string]*instance{},
		units:      map[service.Unit]*unit{},
		peers:      map[routerid.ID]*peer{},
		services:   map[string]*known{},
		named:      map[netip.Addr][]elsewhere{},
		members:    map[string]Saved{},
		abandoned:  map[string]*abandoned{},
		confirmed:  map[whose]discovery.Confirmation{},
		reach:      map[routerid.ID]discovery.Reach{},
		turmoil:    turmoil{lost: map[routerid.ID]time.Duration{}, parted: map[routerid.ID]time.Duration{}, blindAt: never},
		routes:     map[string]Route{},
		calls:      map[string]Call{},
		saves:      map[string]Saved{},
		unsaved:    map[string]struct{}{},
		alarms:     map[string]string{},
		complaints: map[string]*complaint{},
	}
	n.load()
	for _, s := range opt.Services {
		n.add(s)
	}
	n.pruneMembers()
	n.sortInstances()
	for _, i := range n.order {
		n.startUp(i)
	}
	n.findAbandoned()
	n.unconfirmOthers(n.runsNot)
	n.settle()
	return n
}

// markAll makes every unit look again.
func (n *Node) markAll() {
	for _, u := range n.units {
		n.mark(u)
	}
}

func (n *Node) mark(u *unit) {
	if u != nil && !u.dirty {
		u.dirty = true
		n.dirty = append(n.dirty, u)
	}
}

// settle evaluates units until nothing changes any more.
func (n *Node) settle() {
	n.checkGate()
	n.checkTwin()
	n.checkIdentities()
	n.checkWords()
	n.checkStrangers()
	n.checkAbandoned()
	n.checkComplaints()
	if n.doubtUntil != 0 && n.doubtUntil <= n.now.Boot {
		n.doubtUntil, n.stale = 0, true
	}
	n.wakeUnits()
	n.checkDaemonStop()
	for round := 0; len(n.dirty) > 0; round++ {
		if round > maxRounds {
			n.giveUp()
			return
		}
		for _, u := range n.takeDirty() {
			n.evaluate(u)
		}
		n.checkDaemonStop()
	}
	if n.unsettledUntil <= n.now.Boot {
		n.alarm(Unsettled, "")
	}
}

// maxRounds is far more than a chain of dependencies needs.
const maxRounds = 1000

// Unsettled is the alarm about units that change for ever, which is a mistake of this
// program.
const Unsettled = "unsettled"

// giveUp leaves alone, for a minute or until something concerns them, the units that do not
// settle: all others need a daemon that lives.
func (n *Node) giveUp() {
	var names []string
	n.unsettledUntil = n.now.Boot + time.Minute
	for _, u := range n.takeDirty() {
		names = append(names, u.key.String())
		n.wakeAt(u, n.unsettledUntil)
	}
	n.alarm(Unsettled, strings.Join(names, ", ")+": states change for ever; srrd leaves them as they are for a minute (a mistake of srrd: please report it with the output of srrctl explain)")
}

// wakeUnits marks the units whose time has come.
func (n *Node) wakeUnits() {
	if n.nextWake > n.now.Boot {
		return
	}
	n.nextWake = never
	for _, u := range n.units {
		if u.wake <= n.now.Boot {
			n.mark(u)
		} else {
			n.nextWake = min(n.nextWake, u.wake)
		}
	}
}

// takeDirty returns the dirty units in a stable order: by priority, then name.
func (n *Node) takeDirty() []*unit {
	us := n.dirty
	n.dirty, n.looked = n.looked[:0], us
	for _, u := range us {
		u.dirty = false
	}
	sortUnits(us)
	return us
}

// Deadline is when Step must be called again, even without any fact, as
// boot time; never if nothing is due.
func (n *Node) Deadline() time.Duration {
	return min(n.gate.wake, n.doubtWake(), n.nextWake, n.identityWake, n.wordsWake, n.tidyWake, n.complaintWake, n.twinWake(), n.abandonedWake())
}

func (n *Node) doubtWake() time.Duration {
	if n.doubtUntil > n.now.Boot {
		return n.doubtUntil
	}
	return never
}

// alarm raises or, with an empty text, ends an alarm.
func (n *Node) alarm(key, text string) {
	if n.alarms[key] == text {
		return
	}
	key = strings.Clone(key) // so that most calls, which change nothing, need no memory
	if text == "" {
		delete(n.alarms, key)
	} else {
		n.alarms[key] = text
	}
	n.event(Event{Kind: EventAlarm, Subject: key, Detail: text})
}
