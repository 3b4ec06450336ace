package node_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"srr/internal/service"
)

// TestRandomGroups: nodes disagree about the groups of their services, and everything else
// goes wrong, too. Nobody may start what a reachable host runs, and when all is mended but
// that, nothing runs on two nodes.
func TestRandomGroups(t *testing.T) { everySeed(t, groupSchedule) }

func groupSchedule(seed int64) (why, out string) {
	var b strings.Builder
	c := &chaos{world: newWorld(&b), r: rand.New(rand.NewPCG(uint64(seed), 11)), units: map[string][]string{
		"web": {"web"}, "disk": {"disk"}, "shop": {"web", "disk"}, "mart": {"disk", "web"},
	}}
	for i := range 2 + c.r.IntN(3) {
		host := fmt.Sprintf("n%d", i+1)
		c.addHost(host)
		for _, s := range []string{"web", "disk"} {
			words := []string{"on=" + host, fmt.Sprintf("pref=%s:%d", host, 100)}
			if group := pick(c.r, []string{"", "shop", "mart"}); group != "" {
				words = append(words, "group="+group, "critical")
			}
			if s == "disk" {
				words = append(words, "resource")
			}
			c.service(s, words)
		}
	}
	c.command("boot")
	c.run(10 * time.Second)
	for range 5 + c.r.IntN(20) {
		c.run(time.Duration(c.r.IntN(6000)) * time.Millisecond)
		line := c.fault()
		fmt.Fprintf(&b, "%s > %s\n", c.clock(), line)
		if line != "" {
			c.command(line)
		}
	}
	c.mend()
	c.run(3 * time.Minute)
	if len(c.bad) > 0 {
		return c.bad[0], b.String()
	}
	for _, s := range []string{"web", "disk"} {
		n := 0
		for _, name := range c.names {
			if stateOf(c.hosts[name], s) == service.Started {
				n++
			}
		}
		if n > 1 {
			return fmt.Sprintf("%s is started on %d nodes\n%s", s, n, c.all()), b.String()
		}
	}
	return "", b.String()
}
