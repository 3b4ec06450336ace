//go:build lab

package faults

import (
	"fmt"
	"os"
	"strings"
	"time"
)

// script is one file: "# ROW title", comments, one command per line.
type script struct {
	file, title string
	commands    []command
	slow        bool   // "# slow" in a line of its own
	topology    string // "# topology NAME" in a line of its own; default: two
}

type command struct {
	line  int
	text  string
	words []string
	want  string // what stands after " : "
}

func (s *script) limit() time.Duration {
	if s.slow {
		return 10 * time.Minute
	}
	return 4 * time.Minute
}

func parse(file string) (*script, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	s := &script{file: file, topology: "two"}
	for i, line := range strings.Split(string(text), "\n") {
		line = strings.TrimSpace(line)
		comment, isComment := strings.CutPrefix(line, "#")
		switch comment = strings.TrimSpace(comment); {
		case isComment && s.title == "":
			s.title = comment
		case isComment && comment == "slow":
			s.slow = true
		case isComment && strings.HasPrefix(comment, "topology "):
			s.topology = strings.TrimPrefix(comment, "topology ")
		case isComment || line == "":
		default:
			before, want, _ := strings.Cut(line, " : ")
			c := command{line: i + 1, text: line, words: strings.Fields(before), want: strings.TrimSpace(want)}
			if err := c.check(); err != nil {
				return nil, fmt.Errorf("%s:%d: %w", file, c.line, err)
			}
			s.commands = append(s.commands, c)
		}
	}
	if s.title == "" || len(s.commands) == 0 {
		return nil, fmt.Errorf("%s: a script needs a title and a command", file)
	}
	return s, nil
}

// check finds mistakes before anything runs.
func (c *command) check() error {
	least, most, known := 0, 0, false
	if v := fault(c.words[0]); v != nil {
		known = true
		least, most = v.Args()
	} else if v, ok := words[c.words[0]]; ok {
		known = true
		least, most = v.least, v.most
	}
	n := len(c.words) - 1
	switch {
	case !known:
		return fmt.Errorf("unknown word %q", c.words[0])
	case n < least || most >= 0 && n > most:
		return fmt.Errorf("%s has %d arguments", c.words[0], n)
	}
	return nil
}
