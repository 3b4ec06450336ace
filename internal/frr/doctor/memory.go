package doctor

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// protected is the score from which on a process is among the last that the kernel
// ends when memory runs out (proc(5), oom_score_adj: −1000 to 1000).
const protected = -500

// watched are the processes whose end takes the services of this host away.
var watched = []string{"ospfd", "zebra", "bfdd"}

// readScores finds the watched processes of this network namespace, and this one.
func readScores(scores map[string]int, unread map[string]error) {
	read := func(name, dir string) {
		text, err := os.ReadFile(filepath.Join(dir, "oom_score_adj"))
		if err == nil {
			var v int
			if v, err = strconv.Atoi(strings.TrimSpace(string(text))); err == nil {
				scores[name] = max(v, scores[name])
				return
			}
		}
		unread["oom_score_adj of "+name] = err
	}
	read("srrd", "/proc/self")
	ns, err := os.Readlink("/proc/thread-self/ns/net")
	if err != nil {
		unread["network namespace"] = err
		return
	}
	dirs, _ := filepath.Glob("/proc/[0-9]*")
	for _, dir := range dirs {
		comm, err := os.ReadFile(filepath.Join(dir, "comm"))
		if err != nil || !slices.Contains(watched, strings.TrimSpace(string(comm))) {
			continue // it may have ended meanwhile
		}
		if its, err := os.Readlink(filepath.Join(dir, "ns/net")); err == nil && its == ns {
			read(strings.TrimSpace(string(comm)), dir)
		}
	}
}

func memoryChecks(f Facts, _ Expect) []Finding {
	var all []Finding
	for _, name := range slices.Sorted(maps.Keys(f.Host.Scores)) {
		unit, gain := "frr.service", "when memory runs out the kernel ends something else first; without "+name+" every service leaves this host"
		if name == "srrd" {
			unit, gain = "srrd.service", "when memory runs out the kernel ends something else first; srrd takes the score from what it starts"
		}
		v := f.Host.Scores[name]
		all = append(all, judge(v <= protected, Warn, Finding{
			Name: "oom-score", On: name, Is: strconv.Itoa(v), Want: fmt.Sprintf("%d or less", protected),
			Lines: []string{
				"# shell:", "mkdir -p /etc/systemd/system/" + unit + ".d",
				"printf '[Service]\\nOOMScoreAdjust=-900\\n' > /etc/systemd/system/" + unit + ".d/memory.conf",
				"systemctl daemon-reload", "choom --adjust -900 --pid $(pidof " + name + ") # now, without a restart",
			},
			Gain: gain,
		}))
	}
	return all
}
