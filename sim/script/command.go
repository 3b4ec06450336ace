package script

import (
	"fmt"
	"time"

	"srr/internal/service"
	"srr/sim/host"
	"srr/sim/network"
)

// command is one word of the vocabulary.
type command struct {
	usage string
	words int // at least, with the command itself
	do    func(w *World, l Line) error
}

// commands are the whole vocabulary: first what builds a world, then what breaks it.
var commands map[string]command

func init() { // its entries use it: boot builds what is pending
	commands = map[string]command{
		"timers":  {"timers hello=1s dead=4s [bfd=350ms] [retransmit=5s]", 1, (*World).setTimers},
		"router":  {"router NAME…", 2, (*World).addRouters},
		"host":    {"host NAME… [alone-after=60s] [drift=PPM] [wall=OFFSET]", 2, (*World).addHosts},
		"lan":     {"lan NAME MEMBER…", 3, (*World).addLink},
		"link":    {"link NAME A B", 4, (*World).addLink},
		"service": {"service NAME [FLAG…] [OPTION=VALUE…]", 2, (*World).define},
		"boot":    {"boot", 1, (*World).bootAll},

		"power-off":  {"power-off NODE", 2, onNode(func(w *World, n node) { n.power(false) })},
		"power-on":   {"power-on NODE", 2, onNode(func(w *World, n node) { n.power(true) })},
		"router-off": {"router-off ROUTER", 2, onNode(func(w *World, n node) { n.power(false) })},
		"router-on":  {"router-on ROUTER", 2, onNode(func(w *World, n node) { n.power(true) })},
		"link-down":  {"link-down NODE LINK", 3, onPort(func(l *network.Link, r *network.Router) { l.SetCarrier(r, false) })},
		"link-up":    {"link-up NODE LINK", 3, onPort(func(l *network.Link, r *network.Router) { l.SetCarrier(r, true) })},
		"deaf":       {"deaf NODE LINK", 3, onPort(func(l *network.Link, r *network.Router) { l.SetDeaf(r, true) })},
		"mute":       {"mute NODE LINK", 3, onPort(func(l *network.Link, r *network.Router) { l.SetMute(r, true) })},
		"drop": {"drop NODE LINK", 3, onPort(func(l *network.Link, r *network.Router) {
			l.SetDeaf(r, true)
			l.SetMute(r, true)
		})},
		"undrop": {"undrop NODE LINK", 3, onPort(func(l *network.Link, r *network.Router) {
			l.SetDeaf(r, false)
			l.SetMute(r, false)
		})},
		"hear": {"hear NODE LINK", 3, onPort(func(l *network.Link, r *network.Router) {
			l.SetDeaf(r, false)
			l.SetLoss(r, 0)
		})},
		"speak":     {"speak NODE LINK", 3, onPort(func(l *network.Link, r *network.Router) { l.SetMute(r, false) })},
		"lose":      {"lose NODE LINK PERCENT", 4, lose},
		"flap":      {"flap NODE LINK TIMES", 4, flap},
		"partition": {"partition LAN NODE…", 3, part(1)},
		"heal":      {"heal LAN NODE…", 3, part(0)},
		"quality":   {"quality LINK [delay=1ms] [jitter=1ms] [loss=PERCENT] [duplicate=PERCENT]", 2, (*World).setQuality},

		"kill":       {"kill NODE srrd|ospfd [BACK-AFTER|never]", 3, (*World).kill},
		"start":      {"start NODE srrd|ospfd", 3, (*World).start},
		"stop":       {"stop NODE srrd|ospfd", 3, freeze(true)},
		"cont":       {"cont NODE srrd|ospfd", 3, freeze(false)},
		"abort":      {"abort NODE srrd|ospfd", 3, (*World).kill},
		"crash-loop": {"crash-loop HOST TIMES PAUSE", 4, crashLoop},
		"crash":      {"crash HOST EFFECTS", 3, (*World).crash},

		"pause":   {"pause HOST FOR", 3, (*World).pause},
		"suspend": {"suspend HOST FOR", 3, (*World).pause},
		"clock":   {"clock HOST [wall=OFFSET] [drift=PPM]", 2, (*World).setClock},
		"disk":    {"disk HOST good|slow|full|hangs|lies", 3, onHost(func(w *World, h *host.Host, l Line) error { return w.setDisk(h, l.Words[2]) })},
		"wipe":    {"wipe HOST", 2, (*World).wipe},
		"upgrade": {"upgrade HOST", 2, (*World).upgrade},

		"behave":    {"behave HOST SERVICE PRIMITIVE HOW", 5, (*World).behave},
		"check":     {"check HOST SERVICE HOW", 4, (*World).behaveCheck},
		"address":   {"address HOST SERVICE refused|ok", 4, onHost(address)},
		"die":       {"die HOST SERVICE", 3, onHost(func(_ *World, h *host.Host, l Line) error { h.Die(l.Words[2]); return nil })},
		"configure": {"configure HOST SERVICE pref=NUMBER", 3, (*World).configure},
		"mend":      {"mend NODE", 2, onNode((*World).mend)},
		"attend":    {"attend HOST", 2, onHost((*World).attend)},
		"do":        {"do HOST VERB [SUBJECT] [NODE] [--stop]", 3, (*World).operate},
	}
}

// Do carries out one command. An error means that the line makes no sense; a
// command that comes at a moment when nothing can come of it does nothing.
func (w *World) Do(text string) error {
	l := Parse(text)
	if len(l.Words) == 0 {
		return nil
	}
	c, ok := commands[l.Words[0]]
	switch {
	case !ok:
		return fmt.Errorf("no command %q", l.Words[0])
	case len(l.Words) < c.words:
		return fmt.Errorf("usage: %s", c.usage)
	}
	if disturbs(l) {
		w.disturbed = w.Queue.Now()
	}
	return c.do(w, l)
}

// disturbing are the commands that change who can be reached.
var disturbing = map[string]bool{
	"power-off": true, "power-on": true, "link-down": true, "link-up": true, "deaf": true, "mute": true,
	"drop": true, "undrop": true, "hear": true, "speak": true, "lose": true, "flap": true,
	"router-off": true, "router-on": true, "partition": true, "heal": true, "quality": true, "mend": true,
	"pause": true, "suspend": true,
}

func disturbs(l Line) bool {
	return disturbing[l.Words[0]] || len(l.Words) > 2 && l.Words[2] == "ospfd"
}

// node is a machine or a router.
type node struct {
	host   *host.Host // nil: a router
	router *network.Router
}

func (n node) power(on bool) {
	switch {
	case n.host != nil && on:
		n.host.PowerOn()
	case n.host != nil:
		n.host.PowerOff()
	case on:
		n.router.Start()
	default:
		n.router.Stop()
	}
}

func (w *World) node(name string) (node, error) {
	if w.Net == nil || w.Net.Router(name) == nil {
		return node{}, fmt.Errorf("no node %q", name)
	}
	return node{w.byName[name], w.Net.Router(name)}, nil
}

func onNode(f func(*World, node)) func(*World, Line) error {
	return func(w *World, l Line) error {
		n, err := w.node(l.Words[1])
		if err == nil {
			f(w, n)
		}
		return err
	}
}

func onHost(f func(*World, *host.Host, Line) error) func(*World, Line) error {
	return func(w *World, l Line) error {
		h := w.byName[l.Words[1]]
		if h == nil {
			return fmt.Errorf("no host %q", l.Words[1])
		}
		return f(w, h, l)
	}
}

func onPort(f func(*network.Link, *network.Router)) func(*World, Line) error {
	return func(w *World, l Line) error {
		n, err := w.node(l.Words[1])
		if err != nil {
			return err
		}
		k := w.Net.Link(l.Words[2])
		if k == nil {
			return fmt.Errorf("no link %q", l.Words[2])
		}
		f(k, n.router)
		return nil
	}
}

func part(number int) func(*World, Line) error {
	return func(w *World, l Line) error {
		for _, name := range l.Words[2:] {
			move := onPort(func(k *network.Link, r *network.Router) { k.SetPart(r, number) })
			if err := move(w, Line{Words: []string{l.Words[0], name, l.Words[1]}}); err != nil {
				return err
			}
		}
		return nil
	}
}

// process tells the two processes of a node apart.
func (w *World) process(l Line) (n node, srrd bool, err error) {
	if n, err = w.node(l.Words[1]); err != nil {
		return n, false, err
	}
	switch srrd = l.Words[2] == "srrd"; {
	case l.Words[2] != "srrd" && l.Words[2] != "ospfd":
		err = fmt.Errorf("no process %q: srrd or ospfd", l.Words[2])
	case srrd && n.host == nil:
		err = fmt.Errorf("no srrd on router %s", n.router.Name)
	}
	return n, srrd, err
}

const never = -1

func (w *World) kill(l Line) error {
	n, srrd, err := w.process(l)
	if err != nil {
		return err
	}
	back := time.Duration(never)
	if srrd {
		back = 100 * time.Millisecond // systemd's
	}
	if len(l.Words) > 3 && l.Words[3] == "never" {
		back = never
	} else if len(l.Words) > 3 {
		if back, err = duration(l.Words[3]); err != nil {
			return err
		}
	}
	switch {
	case n.host != nil && n.host.Paused():
	case srrd:
		n.host.Kill(back)
	case n.host != nil:
		n.host.KillOSPF()
	default:
		n.router.Stop()
	}
	if !srrd && back >= 0 {
		w.Queue.After(back, func() {
			w.disturbed = w.Queue.Now()
			n.startOSPF()
		})
	}
	return nil
}

func (n node) startOSPF() {
	if n.host != nil {
		n.host.StartOSPF()
	} else {
		n.router.Start()
	}
}

func (w *World) start(l Line) error {
	n, srrd, err := w.process(l)
	switch {
	case err != nil:
		return err
	case srrd:
		n.host.StartDaemon()
	default:
		n.startOSPF()
	}
	return nil
}

func freeze(frozen bool) func(*World, Line) error {
	return func(w *World, l Line) error {
		n, srrd, err := w.process(l)
		switch {
		case err != nil:
			return err
		case n.host != nil && n.host.Paused():
		case srrd:
			n.host.Freeze(frozen)
		default:
			n.router.Freeze(frozen)
		}
		return nil
	}
}

func (w *World) crash(l Line) error {
	h := w.byName[l.Words[1]]
	k, err := number(l.Words[2])
	if h == nil || err != nil || k < 1 {
		return fmt.Errorf("usage: crash HOST EFFECTS")
	}
	h.CrashAfter(k)
	return nil
}

// pause stops a whole machine for a while: with its clocks, as a hypervisor
// does, or without, as a suspend does.
func (w *World) pause(l Line) error {
	h := w.byName[l.Words[1]]
	d, err := duration(l.Words[2])
	if h == nil || err != nil {
		return fmt.Errorf("usage: pause HOST FOR")
	}
	still := l.Words[0] == "pause"
	if !h.On() || h.Paused() {
		return nil
	}
	if still {
		w.breaks(ClocksRun, l.Words[1])
	}
	h.Pause(still)
	w.Queue.After(d, func() {
		w.disturbed = w.Queue.Now()
		h.Resume()
	})
	return nil
}

func (w *World) setDisk(h *host.Host, mode string) error {
	if mode != "good" {
		w.losesPast(h, w.badDisk)
	}
	if mode == "lies" {
		w.breaks(DurableDisk, h.Name)
	}
	return h.SetDisk(mode)
}

func (w *World) wipe(l Line) error {
	return onHost(func(w *World, h *host.Host, _ Line) error {
		w.breaks(DurableDisk, h.Name)
		w.losesPast(h, w.badDisk)
		h.Wipe()
		return nil
	})(w, l)
}

// upgrade replaces srrd by a later version and leaves everything running.
func (w *World) upgrade(l Line) error {
	return onHost(func(w *World, h *host.Host, _ Line) error {
		h.Upgrade(true)
		return w.Do("do " + h.Name + " detach")
	})(w, l)
}

func (w *World) setClock(l Line) error {
	h := w.byName[l.Words[1]]
	if h == nil {
		return fmt.Errorf("no host %q", l.Words[1])
	}
	for _, o := range l.Options {
		switch o.Key {
		case "wall":
			d, err := duration(o.Value)
			if err != nil {
				return err
			}
			if d < 0 {
				w.losesPast(h, w.setBack)
			}
			h.SetWall(d)
		case "drift":
			ppm, err := number(o.Value)
			if err != nil {
				return err
			}
			if ppm > 500 || ppm < -500 {
				w.breaks(GoodClocks, h.Name)
			}
			h.SetDrift(int64(ppm))
		}
	}
	return nil
}

func (w *World) behave(l Line) error {
	h := w.byName[l.Words[1]]
	if h == nil {
		return fmt.Errorf("no host %q", l.Words[1])
	}
	p, err := service.ParsePrimitive(l.Words[3])
	if err != nil {
		return err
	}
	how := host.Behaviour(l.Words[4])
	if how == "unknown" {
		how = host.CannotRun
	}
	if how == host.Lies {
		w.breaks(HonestStop, l.Words[1]+" "+l.Words[2])
	}
	return h.Behave(l.Words[2], p, how)
}

func (w *World) behaveCheck(l Line) error {
	how := l.Words[3]
	switch how {
	case "up":
		how = string(host.Works)
	case "unknown":
		how = string(host.CannotRun)
	}
	return w.behave(Line{Words: []string{"behave", l.Words[1], l.Words[2], "check", how}})
}

// address lets the kernel of a machine refuse the addresses of a service.
func address(_ *World, h *host.Host, l Line) error {
	if l.Words[3] != "refused" && l.Words[3] != "ok" {
		return fmt.Errorf("usage: address HOST SERVICE refused|ok")
	}
	return h.RefuseAddress(l.Words[2], l.Words[3] == "refused")
}

// configure changes the preference of a service on one machine, by reload.
func (w *World) configure(l Line) error {
	h := w.byName[l.Words[1]]
	if h == nil || len(l.Options) != 1 || l.Options[0].Key != "pref" {
		return fmt.Errorf("usage: configure HOST SERVICE pref=NUMBER")
	}
	n, err := number(l.Options[0].Value)
	if err != nil {
		return err
	}
	for _, d := range w.services {
		if d.spec.Name == l.Words[2] || d.spec.Group != "" && d.spec.Group == l.Words[2] {
			d.preference[h.Name] = n
		}
	}
	h.Reconfigure(w.specs(h.Name))
	return nil
}
