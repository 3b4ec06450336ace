package sim

import "time"

func (f *faults) killDaemon() {
	h := f.host()
	switch f.random.IntN(3) {
	case 0:
		f.now("kill %s srrd", h)
	case 1:
		f.now("kill %s srrd %s", h, f.aWhile().Round(time.Millisecond))
	default:
		f.now("kill %s srrd never", h)
		f.mostly(f.aWhile(), "start %s srrd", h)
	}
}

// crashDaemon lets it die between two effects of what follows.
func (f *faults) crashDaemon() {
	f.now("crash %s %d", f.host(), 1+f.random.IntN(12))
	if f.random.IntN(2) == 0 {
		f.now("power-off %s", f.host())
	} else {
		f.move()
	}
}

func (f *faults) freezeDaemon() {
	h := f.host()
	f.now("stop %s srrd", h)
	f.mostly(f.upTo(10*time.Second), "cont %s srrd", h)
}

func (f *faults) restartOSPF() {
	f.now("kill %s ospfd %s", f.host(), f.aWhile().Round(time.Millisecond))
}

func (f *faults) freezeOSPF() {
	h := f.host()
	f.now("stop %s ospfd", h)
	f.mostly(f.upTo(10*time.Second), "cont %s ospfd", h)
}

func (f *faults) standStill() {
	f.now("%s %s %s", pick(f.random, []string{"pause", "suspend"}), f.host(), f.aWhile().Round(time.Millisecond))
}

func (f *faults) upgrade() {
	for i, h := range f.hosts {
		f.later(time.Duration(i)*5*time.Second, "upgrade %s", h)
	}
	if f.random.IntN(2) == 0 { // and back, before all of them are done
		after := f.aWhile()
		for i, h := range f.hosts {
			f.later(after+time.Duration(i)*5*time.Second, "downgrade %s", h)
		}
	}
}

func (f *faults) crashLoop() {
	f.now("crash-loop %s %d %s", f.host(), 2+f.random.IntN(6), (100*time.Millisecond + f.upTo(10*time.Second)).Round(time.Millisecond))
}

func (f *faults) badDisk() {
	h := f.host()
	f.now("disk %s %s", h, pick(f.random, []string{"slow", "full", "hangs", "lies"}))
	f.mostly(f.aWhile(), "disk %s good", h)
}

// withoutDisk lets a machine, or srrd alone, come back without its state file, or with a
// damaged one.
func (f *faults) withoutDisk() {
	h, how := f.host(), pick(f.random, []string{"wipe", "damage"})
	if f.random.IntN(2) == 0 {
		f.now("power-off %s", h)
		f.now("%s %s", how, h)
		f.mostly(f.aWhile(), "power-on %s", h)
		return
	}
	f.now("kill %s srrd", h)
	f.now("%s %s", how, h)
}

func (f *faults) badClock() {
	h := f.host()
	switch f.random.IntN(3) {
	case 0:
		f.now("clock %s wall=%ds", h, f.random.IntN(7200)-3600)
	case 1:
		f.now("clock %s drift=%d", h, drift(f.random))
	default:
		f.otherAge(h)
	}
}

// otherAge sets a wall clock to 1970 or 2038 and back. What it says in the end is
// right: moves end by it.
func (f *faults) otherAge(h string) {
	const most = 2 * time.Minute
	if f.at+most >= settleFor+faultsFor {
		return
	}
	hours := pick(f.random, []int{-20454 * 24, 4401 * 24})
	f.now("clock %s wall=%dh", h, hours)
	f.later(f.upTo(most), "clock %s wall=%dh", h, -hours)
}
