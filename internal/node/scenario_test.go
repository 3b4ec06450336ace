package node_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"srr/internal/discovery"
	"srr/internal/node"
	"srr/internal/routerid"
	"srr/internal/service"
)

var update = flag.Bool("update", false, "rewrite what the scenarios expect")

// TestScenarios walks testdata/*.txt: commands, ----, everything that happened.
// Rewrite with -update, and commit the difference only if you understand it.
func TestScenarios(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenarios: %v", err)
	}
	for _, f := range files {
		t.Run(strings.TrimSuffix(filepath.Base(f), ".txt"), func(t *testing.T) { runScenario(t, f) })
	}
}

func runScenario(t *testing.T, file string) {
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	w := newWorld(&out)
	var got strings.Builder
	for _, block := range strings.Split(strings.TrimSpace(string(b)), "\n\n") {
		input, _, isBlock := strings.Cut(block, "\n----")
		got.WriteString(input)
		if isBlock {
			out.Reset()
			for _, line := range strings.Split(input, "\n") {
				if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
					w.command(line)
				}
			}
			got.WriteString("\n----\n" + out.String())
		}
		got.WriteString("\n\n")
	}
	for _, bad := range w.bad {
		t.Error("must never happen: " + bad)
	}
	text := strings.ReplaceAll(strings.TrimSpace(got.String())+"\n", "\n\n\n", "\n\n")
	if *update {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if text != string(b) {
		t.Errorf("got:\n%s", text)
	}
}

// command carries out one line of a scenario.
func (w *world) command(line string) {
	f := strings.Fields(line)
	switch f[0] {
	case "hosts": // hosts n1 n2 …
		for _, n := range f[1:] {
			w.addHost(n)
		}
	case "clone": // clone NEW OF: a machine with the router ID and the services of another
		w.addClone(f[1], f[2])
	case "service": // service NAME key=value …
		w.service(f[1], f[2:])
	case "boot": // boot [HOST…]
		for _, n := range w.which(f[1:]) {
			w.hosts[n].boot()
		}
	case "run": // run DURATION
		w.run(duration(f[1]))
	case "reload": // reload HOST…: with what the lines before have configured
		for _, n := range w.which(f[1:]) {
			w.hosts[n].core.Reconfigure(w.time(), w.hosts[n].options())
			w.hosts[n].apply()
		}
	case "forget": // forget HOST SERVICE: not configured there any more
		delete(w.specs[f[1]], f[2])
	case "alarms": // alarms HOST
		for _, a := range w.hosts[f[1]].core.Alarms() {
			fmt.Fprintf(w.out, "alarm %s: %s\n", a.Key, a.Text)
		}
	case "stray": // stray HOST SERVICE: somebody else starts it
		w.hosts[f[1]].procs[f[2]] = true
	case "ends": // ends HOST SERVICE: by itself, as it has guaranteed
		w.hosts[f[1]].procs[f[2]] = false
	case "power-off":
		w.hosts[f[1]].powerOff()
	case "kill-srrd":
		w.hosts[f[1]].killDaemon()
	case "start-srrd":
		w.hosts[f[1]].startDaemon()
	case "kill-ospfd": // kill-ospfd HOST [BACK-AFTER]
		back := time.Duration(0)
		if len(f) > 2 {
			back = duration(f[2])
		}
		w.hosts[f[1]].killOSPF(back)
	case "refuse": // refuse HOST: its ospfd would not serve it, as with another router ID
		w.hosts[f[1]].step(node.Medium{Event: discovery.Refused{Err: errors.New("ospfd has router ID 10.0.0.9")}})
	case "ready": // ready HOST [asking|no]: whether its router announces what it is told
		r := map[string]node.Ready{"asking": {Pending: true}, "no": {Err: errors.New("the operator's route-map does not permit them")}}
		w.hosts[f[1]].step(r[strings.Join(f[2:], "")])
	case "partition": // partition n1,n2 n3: 9 is without any router
		for k, part := range f[1:] {
			for _, n := range strings.Split(part, ",") {
				w.part[n] = k + 1
			}
		}
		w.topology(detect)
	case "isolate": // isolate HOST: no router is left
		w.part[f[1]] = 9
		w.topology(detect)
	case "blind": // blind HOST…: the router is still a neighbor, but nobody can be reached
		for _, n := range w.which(f[1:]) {
			w.part[n] = 8
		}
		w.topology(detect)
	case "part": // part HOST: one of its two routers is no neighbor any more
		w.parted[f[1]] = true
		w.levels(w.hosts[f[1]])
	case "heal":
		clear(w.part)
		w.topology(detect)
	case "behave": // behave HOST SERVICE PRIMITIVE how
		w.hosts[f[1]].behave[f[2]+" "+f[3]] = f[4]
	case "die": // die HOST SERVICE
		w.hosts[f[1]].step(node.Died{Service: f[2], Text: "killed by signal 9"})
	case "check": // check HOST SERVICE up|down|unknown
		h := map[string]service.Health{"up": service.Up, "down": service.Down, "unknown": service.Unknown}[f[3]]
		if w.checked {
			w.hosts[f[1]].health[f[2]] = h
			break
		}
		w.hosts[f[1]].step(node.Checked{Service: f[2], Health: h, Text: "probe"})
	case "checked": // from now on checks run by themselves, and "check" says what they find
		w.checked = true
	case "parallel": // parallel N: how many primitives start at once
		w.parallel, _ = strconv.Atoi(f[1])
	case "calls":
		w.noise = f[1] == "on"
	case "state":
		w.state()
	case "do": // do HOST VERB [SUBJECT] [NODE] [--stop]
		w.do(f[1], f[2:])
	case "explain": // explain HOST UNIT
		w.explain(f[1], f[2])
	case "partners": // partners HOST SERVICE: who has it, too
		fmt.Fprintf(w.out, "partners: %v\n", w.hosts[f[1]].core.Partners(f[2]))
	case "stays": // stays HOST: why it keeps what it should give away
		for _, i := range w.hosts[f[1]].core.Instances() {
			fmt.Fprintf(w.out, "%s on %s stays: %q\n", i.Spec.Name, f[1], i.Stays)
		}
	default:
		fmt.Fprintf(w.out, "unknown command %q\n", f[0])
	}
}

func (w *world) which(names []string) []string {
	if len(names) == 0 {
		return w.names
	}
	return names
}

func duration(s string) time.Duration {
	d, err := time.ParseDuration(s)
	if err != nil {
		panic(err)
	}
	return d
}

// service configures a service on all hosts, or on=n1,n2; pref=n1:200,n2:100.
func (w *world) service(name string, opts []string) {
	s := testSpec(name)
	on := w.names
	pref := map[string]int{}
	for _, o := range opts {
		k, v, _ := strings.Cut(o, "=")
		switch k {
		case "group":
			s.Group = v
		case "deps":
			s.DependsOn = strings.Split(v, ",")
		case "critical":
			s.Critical = true
		case "resource":
			s.Addresses, s.Release, s.DeadAfter = nil, service.ReleaseVerified, 0
		case "unknown":
			s.UnknownTimeout = duration(v)
		case "no-restart":
			s.Primitives[service.Restart] = false
		case "verified":
			s.Release, s.DeadAfter = service.ReleaseVerified, 0
		case "dead-after":
			s.DeadAfter = duration(v)
		case "check":
			s.HasCheck, s.CheckInterval = true, 10*time.Second
		case "address-only":
			s.Primitives = [service.NumPrimitives]bool{}
		case "joins":
			s.Primitives[service.Join], s.Primitives[service.Leave] = true, true
		case "disabled":
			s.Activation = service.ActivateDisabled
		case "manual":
			s.Activation = service.ActivateManual
		case "keep":
			s.OnMediumLoss = duration(v)
		case "restarts":
			s.Restarts, _ = strconv.Atoi(v)
		case "window": // of restarts
			s.RestartWindow = duration(v)
		case "digest":
			s.Digest[0] = v[0]
		case "on":
			on = strings.Split(v, ",")
		case "pref":
			for _, p := range strings.Split(v, ",") {
				h, x, _ := strings.Cut(p, ":")
				pref[h], _ = strconv.Atoi(x)
			}
		default:
			panic("unknown option " + o)
		}
	}
	for _, h := range on {
		c := s
		if p, ok := pref[h]; ok {
			c.Preference = p
		}
		w.specs[h][name] = c
	}
}

func (w *world) state() {
	names := map[string]bool{}
	for _, s := range w.specs {
		for n := range s {
			names[n] = true
		}
	}
	for _, n := range sortedSet(names) {
		fmt.Fprintf(w.out, "%s:", n)
		for _, hn := range w.names {
			h := w.hosts[hn]
			if h.core == nil {
				fmt.Fprintf(w.out, " %s=-", hn)
				continue
			}
			if s, ok := h.core.State(n); ok {
				ann := ""
				if h.routes[n].Announced {
					ann = "*"
				}
				fmt.Fprintf(w.out, " %s=%s%s", hn, s, ann)
			}
		}
		fmt.Fprintln(w.out)
	}
}

func sortedSet(m map[string]bool) []string {
	var s []string
	for k := range m {
		s = append(s, k)
	}
	for i := range s {
		for j := i + 1; j < len(s); j++ {
			if s[j] < s[i] {
				s[i], s[j] = s[j], s[i]
			}
		}
	}
	return s
}

func (w *world) do(on string, f []string) {
	h := w.hosts[on]
	if h.core == nil {
		return
	}
	c := node.Command{Verb: node.Verb(f[0]), Author: "op"}
	for _, a := range f[1:] {
		switch {
		case a == "--stop":
			c.Stop = true
		case a == "on" || a == "off":
			c.Verb += node.Verb(" " + a)
		case w.hosts[a] != nil:
			c.Node = w.hosts[a].id
		case strings.HasPrefix(a, "for="):
			c.Until = w.time().Wall.Add(duration(a[4:]))
		default:
			if id, err := routerid.Parse(a); err == nil {
				c.Node = id
			} else {
				c.Subject = a
			}
		}
	}
	c.Unit = service.Unit{Name: c.Subject}
	for _, s := range w.specs[on] {
		if s.Group != "" && (s.Group == c.Subject || s.Name == c.Subject) {
			c.Unit = s.Unit()
		}
	}
	reply, err := h.core.Command(w.time(), c)
	if c.Verb == node.ConfirmedStopped && err == nil {
		for _, h := range w.withID(c.Node) {
			h.procs[c.Subject] = false // the operator has seen to it
			if h.core != nil && stateOf(h, c.Subject) == service.Started {
				h.step(node.Died{Service: c.Subject, Text: "killed by the operator"})
			}
		}
	}
	switch {
	case errors.Is(err, node.ErrRefused), errors.Is(err, node.ErrUnknown):
		fmt.Fprintf(w.out, "%s\n", err)
	case err != nil:
		fmt.Fprintf(w.out, "error: %v\n", err)
	default:
		fmt.Fprintf(w.out, "ok: %s\n", reply)
	}
	h.apply()
}

func (w *world) explain(on, name string) {
	h := w.hosts[on]
	e, ok := h.core.Explain(w.time(), service.Unit{Name: name})
	if !ok {
		e, ok = h.core.Explain(w.time(), service.Unit{Name: name, Group: true})
	}
	if !ok {
		fmt.Fprintf(w.out, "%s: not configured on %s\n", name, on)
		return
	}
	for _, c := range e.Candidates {
		fmt.Fprintf(w.out, "%s %s, behind the one before by %s\n", c.Node, c.Bar, c.Against)
	}
	fmt.Fprintf(w.out, "blocked: %s\nhere: %s\n", e.Blocked, e.Here)
}
