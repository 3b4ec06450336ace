package whatif

import (
	"fmt"
	"slices"
	"strings"

	"srr/internal/service"
)

// Words are what can be asked about, with what each takes: the vocabulary of
// faults in the words of operators, and their verbs.
var Words = []string{
	"power-off", "power-on", "router-off", "link-down", "site-off", "fail", "kill", "partition", "pause", "suspend",
	"move", "unmove", "start", "stop", "run", "activate", "deactivate", "enable", "disable", "restart", "reload",
	"check", "clear", "confirm-stopped", "drain", "undrain", "maintenance", "shutdown", "detach", "do",
}

// verbs are those of operators: they are given to the node that asks.
var verbs = map[string]bool{
	"move": true, "unmove": true, "start": true, "stop": true, "run": true, "activate": true, "deactivate": true,
	"enable": true, "disable": true, "restart": true, "reload": true, "check": true, "clear": true,
	"confirm-stopped": true, "drain": true, "undrain": true, "maintenance": true, "shutdown": true, "detach": true,
}

// plain are the words that the simulator understands as they are.
var plain = map[string]bool{"partition": true, "pause": true, "suspend": true, "kill": true}

// WordError is a line that makes no sense.
type WordError struct{ Text string }

func (e *WordError) Error() string { return e.Text }

func wrong(format string, args ...any) error { return &WordError{fmt.Sprintf(format, args...)} }

// Translate turns a line as an operator writes it into commands of the simulator.
// Several are separated by semicolons, and happen at once.
func (m *Model) Translate(line string) (commands []string, err error) {
	for part := range strings.SplitSeq(line, ";") {
		words := strings.Fields(part)
		if len(words) == 0 {
			continue
		}
		cs, err := m.translate(words)
		if err != nil {
			return nil, err
		}
		commands = append(commands, cs...)
	}
	if len(commands) == 0 {
		return nil, wrong("what if what? for example: power-off %s", m.self())
	}
	return commands, nil
}

func (m *Model) translate(words []string) ([]string, error) {
	word, rest := words[0], words[1:]
	switch {
	case word == "power-off" || word == "router-off":
		return m.each("power-off", rest)
	case word == "power-on":
		return m.each(word, rest)
	case word == "link-down":
		return m.linkDown(rest)
	case word == "site-off":
		return m.siteOff(rest)
	case word == "fail":
		return m.fail(rest)
	case plain[word]:
		return m.asItIs(word, rest)
	case word == "do":
		return m.do(rest)
	case verbs[word]:
		return m.verb(m.self(), words)
	}
	return nil, wrong("no word %q: there are %s", word, strings.Join(Words, ", "))
}

func (m *Model) each(command string, nodes []string) (out []string, err error) {
	if len(nodes) == 0 {
		return nil, wrong("%s needs a node or router", command)
	}
	for _, word := range nodes {
		name, err := m.node(word)
		if err != nil {
			return nil, err
		}
		out = append(out, command+" "+name)
	}
	return out, nil
}

// fail lets a service die where it runs, or on a node, so that neither a restart
// in place nor another start helps there.
func (m *Model) fail(words []string) ([]string, error) {
	if len(words) != 1 && (len(words) != 3 || words[1] != "on") {
		return nil, wrong("usage: fail SERVICE [on NODE]")
	}
	var on []*machine
	for _, x := range m.machines {
		i := x.instance(words[0])
		if i == nil || x.down || i.state != service.Started && len(words) == 1 {
			continue
		}
		if !canFail(&i.spec) {
			return nil, wrong("%s has neither processes nor a check that could fail", words[0])
		}
		on = append(on, x)
	}
	if len(words) == 3 {
		name, err := m.node(words[2])
		if err != nil {
			return nil, err
		}
		on = slices.DeleteFunc(on, func(x *machine) bool { return x.name != name })
	}
	if len(on) == 0 {
		return nil, wrong("service %q does not run there, or nowhere", words[0])
	}
	var out []string
	for _, x := range on {
		out = append(out, failing(x.name, words[0])...)
	}
	return out, nil
}

// failing are the commands that make a service fail on a node. What has no
// processes fails by its check.
func failing(node, name string) []string {
	return []string{
		fmt.Sprintf("behave %s %s restart fail", node, name),
		fmt.Sprintf("behave %s %s start fail", node, name),
		fmt.Sprintf("behave %s %s check down", node, name),
		fmt.Sprintf("die %s %s", node, name),
	}
}

func (x *machine) instance(name string) *instance {
	for k := range x.instances {
		if x.instances[k].spec.Name == name {
			return &x.instances[k]
		}
	}
	return nil
}

// asItIs passes a command on: the words that name nodes must exist.
func (m *Model) asItIs(word string, rest []string) ([]string, error) {
	if len(rest) < 2 {
		return nil, wrong("usage: kill NODE srrd|ospfd [BACK-AFTER|never], partition NETWORK NODE…, pause NODE FOR, suspend NODE FOR")
	}
	out := slices.Clone(rest)
	if word == "partition" {
		l := m.link(rest[0])
		if l == nil {
			return nil, wrong("no link %q: there are %s", rest[0], m.links())
		}
		out[0] = l.name
		for k, w := range rest[1:] {
			name, err := m.node(w)
			if err != nil {
				return nil, err
			}
			out[k+1] = name
		}
	} else {
		name, err := m.node(rest[0])
		if err != nil {
			return nil, err
		}
		out[0] = name
	}
	return []string{word + " " + strings.Join(out, " ")}, nil
}

// do reads `do NODE VERB …`: a verb given to another node.
func (m *Model) do(words []string) ([]string, error) {
	if len(words) < 2 || !verbs[words[1]] {
		return nil, wrong("usage: do NODE VERB …, with an operator's verb")
	}
	name, err := m.node(words[0])
	if err != nil {
		return nil, err
	}
	return m.verb(name, words[1:])
}

// verb checks what an operator's verb names.
func (m *Model) verb(on string, words []string) ([]string, error) {
	x := m.byName[on]
	switch {
	case x == nil || x.silent:
		return nil, wrong("no srrd on %s that could be asked", on)
	case x.down:
		return nil, wrong("%s cannot be reached", on)
	}
	out := []string{"do", on, words[0]}
	for k, w := range words[1:] {
		w = strings.TrimPrefix(strings.TrimPrefix(w, "group/"), "service/")
		name, isNode := m.nodeOf(w)
		switch {
		case w == "on" || w == "off" || strings.HasPrefix(w, "--") || strings.HasPrefix(w, "for="):
		case k == 0 && m.knows(w):
		case isNode:
			w = name
		default:
			return nil, wrong("no service, group or node %q", w)
		}
		out = append(out, w)
	}
	line := strings.Join(out, " ")
	if words[0] == "clear" && len(out) == 4 { // who clears a failure has mended its cause
		return []string{"behave " + on + " " + out[3] + " start ok", "behave " + on + " " + out[3] + " stop ok", line}, nil
	}
	return []string{line}, nil
}

func (m *Model) nodeOf(word string) (string, bool) {
	name, err := m.node(word)
	return name, err == nil && m.byName[name] != nil
}

// knows reports whether any node has a service or group of that name.
func (m *Model) knows(name string) bool {
	for _, x := range m.machines {
		for k := range x.instances {
			if s := &x.instances[k].spec; s.Name == name || s.Group == name {
				return true
			}
		}
	}
	return false
}
