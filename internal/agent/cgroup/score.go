package cgroup

import (
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
)

// scoreFile is how willingly the kernel ends this process when memory runs out
// (proc(5), oom_score_adj).
const scoreFile = "/proc/self/oom_score_adj"

// usualScore is what programs have that nobody thought of.
const usualScore = 0

// forking is held while this process has given its protection up.
var forking sync.Mutex

// Start starts a command with the usual score. What is below it is for the daemon
// alone, and children inherit it: then the kernel would end everything else before
// a service that eats all memory. There is no way to set a child's before it runs,
// so this process gives its own up while it forks.
func Start(cmd *exec.Cmd) error { return startWith(usualScore, cmd) }

func startWith(score int, cmd *exec.Cmd) error {
	forking.Lock()
	defer forking.Unlock()
	text, err := os.ReadFile(scoreFile)
	if own, perr := strconv.Atoi(strings.TrimSpace(string(text))); err == nil && perr == nil && own < score {
		if os.WriteFile(scoreFile, []byte(strconv.Itoa(score)), 0) == nil {
			defer os.WriteFile(scoreFile, text, 0)
		}
	}
	return cmd.Start()
}
