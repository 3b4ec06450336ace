package lab

import (
	"fmt"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Verb is one fault, or the end of one, as srr-lab fault and the scripts of
// lab/faults name it.
type Verb struct {
	Use   string // "link-down NODE LINK": the name, then one word per argument
	Short string
	Run   func(l *Lab, args []string) error
}

// Name is the first word of Use.
func (v *Verb) Name() string { name, _, _ := strings.Cut(v.Use, " "); return name }

// Args are the least and the largest number of arguments; -1: any.
func (v *Verb) Args() (least, most int) {
	n := len(strings.Fields(v.Use)) - 1
	if strings.HasSuffix(v.Use, "...") {
		return n, -1
	}
	return n, n
}

// Verbs are all faults.
var Verbs = []Verb{
	{"power-off NODE", "Kill all that runs on a host or router and drop its packets; carriers stay up", one((*Lab).PowerOff)},
	{"power-on NODE", "Boot a node again", one((*Lab).PowerOn)},
	{"router-off ROUTER", "The same as power-off, for routers only", routerOnly((*Lab).PowerOff)},
	{"router-on ROUTER", "Boot a router again", routerOnly((*Lab).PowerOn)},
	{"link-down NODE LINK", "Take the carrier from a link of a node", onLink((*Lab).SetLink, false)},
	{"link-up NODE LINK", "Give it back", onLink((*Lab).SetLink, true)},
	{"drop NODE LINK", "Drop everything on a link silently", onLink((*Lab).Drop, true)},
	{"undrop NODE LINK", "Let it pass again", onLink((*Lab).Drop, false)},
	{"deaf NODE LINK", "Drop what a node receives on a link, not what it sends", filtered("ingress", 100)},
	{"mute NODE LINK", "Drop what a node sends on a link, not what it receives", filtered("egress", 100)},
	{"hear NODE LINK", "End deaf and lose", filtered("ingress", 0)},
	{"speak NODE LINK", "End mute", filtered("egress", 0)},
	{"lose NODE LINK PERCENT", "Drop so many percent of what a node receives on a link; hear ends it", lose},
	{
		"partition LAN NODE...", "Cut nodes from a LAN",
		func(l *Lab, a []string) error { return l.Partition(a[0], false, a[1:]...) },
	},
	{
		"heal LAN NODE...", "Join them again",
		func(l *Lab, a []string) error { return l.Partition(a[0], true, a[1:]...) },
	},
	{"kill NODE PROCESS", "kill -9 srrd, ospfd, zebra or bfdd", kill},
	{"abort NODE PROCESS", "Let a process end as after a panic (SIGABRT)", send(syscall.SIGABRT)},
	{"stop NODE PROCESS", "Freeze a process (SIGSTOP)", send(syscall.SIGSTOP)},
	{"cont NODE PROCESS", "Let it go on (SIGCONT)", send(syscall.SIGCONT)},
	{
		"start NODE PROCESS", "Start a process again that was killed",
		func(l *Lab, a []string) error { return l.Restart(a[0], a[1]) },
	},
	{"starve NODE", "Leave a node the processor time that nobody else wants", one((*Lab).Starve)},
	{"feed NODE", "End starve", one((*Lab).Feed)},
}

func one(f func(*Lab, string) error) func(*Lab, []string) error {
	return func(l *Lab, a []string) error { return f(l, a[0]) }
}

func onLink(f func(l *Lab, node, link string, on bool) error, on bool) func(*Lab, []string) error {
	return func(l *Lab, a []string) error { return f(l, a[0], a[1], on) }
}

func filtered(hook string, percent int) func(*Lab, []string) error {
	return func(l *Lab, a []string) error { return l.Filter(a[0], a[1], hook, percent) }
}

func lose(l *Lab, a []string) error {
	percent, err := strconv.Atoi(a[2])
	if err != nil || percent < 1 || percent > 100 {
		return fmt.Errorf("lose %s percent: want 1 to 100", a[2])
	}
	return l.Filter(a[0], a[1], "ingress", percent)
}

func send(sig syscall.Signal) func(*Lab, []string) error {
	return func(l *Lab, a []string) error { return l.Signal(a[0], a[1], sig) }
}

// kill waits for the end, so that the process may be started again.
func kill(l *Lab, a []string) error {
	p, ok := l.find(a[0], a[1])
	if err := l.Signal(a[0], a[1], syscall.SIGKILL); err != nil || !ok {
		return err
	}
	return waitFor(5*time.Second, "the end of "+a[1]+" on "+a[0], func() bool { return !p.Alive() })
}

func routerOnly(f func(*Lab, string) error) func(*Lab, []string) error {
	return func(l *Lab, a []string) error {
		n, err := l.Topology().Node(a[0])
		if err != nil {
			return err
		}
		if n.Kind != Router {
			return fmt.Errorf("switch %s: it is a %s, not a router", n.Name, n.Kind)
		}
		return f(l, n.Name)
	}
}
