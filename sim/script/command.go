package script

import (
	"fmt"

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
		"purge":     {"purge NODE ROUTER", 3, (*World).purge},
		"quality":   {"quality LINK [delay=1ms] [jitter=1ms] [loss=PERCENT] [duplicate=PERCENT]", 2, (*World).setQuality},

		"kill":       {"kill NODE srrd|ospfd [BACK-AFTER|never]", 3, (*World).kill},
		"start":      {"start NODE srrd|ospfd", 3, (*World).start},
		"stop":       {"stop NODE srrd|ospfd", 3, freeze(true)},
		"cont":       {"cont NODE srrd|ospfd", 3, freeze(false)},
		"abort":      {"abort NODE srrd|ospfd", 3, (*World).kill},
		"crash-loop": {"crash-loop HOST TIMES PAUSE", 4, crashLoop},
		"crash":      {"crash HOST EFFECTS", 3, (*World).crash},

		"pause":     {"pause HOST FOR", 3, (*World).pause},
		"suspend":   {"suspend HOST FOR", 3, (*World).pause},
		"clock":     {"clock HOST [wall=OFFSET] [drift=PPM]", 2, (*World).setClock},
		"disk":      {"disk HOST good|slow|full|hangs|lies", 3, onHost(func(w *World, h *host.Host, l Line) error { return w.setDisk(h, l.Words[2]) })},
		"wipe":      {"wipe HOST", 2, forgets((*host.Host).Wipe)},
		"damage":    {"damage HOST", 2, forgets((*host.Host).Damage)},
		"upgrade":   {"upgrade HOST", 2, onHost(upgrade(true))},
		"downgrade": {"downgrade HOST", 2, onHost(upgrade(false))},

		"behave":    {"behave HOST SERVICE PRIMITIVE HOW", 5, (*World).behave},
		"check":     {"check HOST SERVICE HOW", 4, (*World).behaveCheck},
		"address":   {"address HOST SERVICE refused|ok", 4, onHost(address)},
		"die":       {"die HOST SERVICE", 3, onHost(func(_ *World, h *host.Host, l Line) error { h.Die(l.Words[2]); return nil })},
		"configure": {"configure HOST SERVICE pref=NUMBER", 3, (*World).configure},
		"exhaust":   {"exhaust NODE", 2, onNode(func(_ *World, n node) { n.router.Exhaust() })},
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
	"router-off": true, "router-on": true, "partition": true, "heal": true, "quality": true, "mend": true, "purge": true,
	"pause": true, "suspend": true,
}

func disturbs(l Line) bool {
	return disturbing[l.Words[0]] || len(l.Words) > 2 && l.Words[2] == "ospfd"
}
