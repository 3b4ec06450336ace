package sim

import "time"

func (f *faults) processDies() {
	h, s := f.place()
	f.now("die %s %s", h, s.name)
}

func (f *faults) badPrimitive() {
	h, s := f.place()
	p := pick(f.random, []string{"start", "start", "stop", "stop", "restart", "activate", "deactivate"})
	how := []string{"fail", "hang", "recall", "slow", "cannot"}
	switch p {
	case "start":
		how = append(how, "dirty", "recalls")
	case "stop":
		how = append(how, "unverified", "lie")
	}
	b := pick(f.random, how)
	f.now("behave %s %s %s %s", h, s.name, p, b)
	f.mostly(f.aWhile(), "behave %s %s %s ok", h, s.name, p)
}

func (f *faults) badCheck() {
	h, s := f.place()
	if !s.check {
		return
	}
	how := pick(f.random, []string{"down", "unknown", "flap", "hang", "slow"})
	hosts := []string{h}
	if f.random.IntN(4) == 0 {
		hosts = s.hosts // a dependency that all share
	}
	for _, h := range hosts {
		f.now("check %s %s %s", h, s.name, how)
		f.mostly(f.aWhile(), "check %s %s up", h, s.name)
	}
}

// lastHolder takes a unit from everybody but one host, where a check fails then.
func (f *faults) lastHolder() {
	h, s := f.place()
	if !s.check {
		return
	}
	for _, o := range s.hosts {
		if o != h {
			f.now("do %s deactivate %s", o, s.name)
			f.later(3*time.Minute, "do %s activate %s", o, s.name)
		}
	}
	f.later(20*time.Second, "check %s %s down", h, s.name)
	f.later(2*time.Minute, "check %s %s up", h, s.name)
}

func (f *faults) badAddress() {
	h, s := f.place()
	f.now("address %s %s refused", h, s.name)
	f.mostly(f.aWhile(), "address %s %s ok", h, s.name)
}

func (f *faults) move() {
	h, s := f.place()
	f.now("do %s move %s %s", h, s.unit, pick(f.random, s.hosts))
	if f.random.IntN(3) == 0 {
		f.later(f.aWhile(), "do %s unmove %s", h, s.unit)
	}
}

func (f *faults) stopUnit() {
	h, s := f.place()
	f.now("do %s stop %s", h, s.unit)
	f.mostly(f.aWhile(), "do %s run %s", pick(f.random, s.hosts), s.unit)
}

func (f *faults) instanceVerb() {
	h, s := f.place()
	verb := pick(f.random, []string{"deactivate", "clear", "restart", "disable", "reload", "check", "start"})
	f.now("do %s %s %s", h, verb, s.name)
	if verb == "disable" {
		f.mostly(f.aWhile(), "do %s enable %s", h, s.name)
	}
	if verb == "disable" || verb == "deactivate" {
		f.mostly(f.aWhile(), "do %s activate %s", h, s.name)
	}
}

func (f *faults) drain() {
	h := f.host()
	f.now("do %s drain%s", h, pick(f.random, []string{"", " --stop"}))
	f.mostly(f.aWhile(), "do %s undrain", h)
}

func (f *faults) maintain() {
	h := f.host()
	f.now("do %s maintenance on", h)
	f.mostly(f.aWhile(), "do %s maintenance off", h)
}

func (f *faults) shutdown() {
	h := f.host()
	f.now("do %s shutdown --stop", h)
	f.mostly(5*time.Second+f.aWhile(), "start %s srrd", h)
}

func (f *faults) confirm() { f.now("attend %s", f.host()) }

func (f *faults) reconfigure() {
	h, s := f.place()
	f.now("configure %s %s pref=%d", h, s.unit, 100*(1+f.random.IntN(3)))
}
