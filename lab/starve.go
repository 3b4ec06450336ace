package lab

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"

	"golang.org/x/sys/unix"
)

// Starve leaves everything on a node, and what it starts, the processor time
// that nobody else wants, and sees to it that others want all of it. (A limit by
// a control group would be simpler, but not every machine has that controller.)
func (l *Lab) Starve(node string) error {
	if _, err := l.topo.Node(node); err != nil {
		return err
	}
	for i := range runtime.NumCPU() {
		name := fmt.Sprintf("hog-%s-%d", node, i)
		cmd, err := l.command("lab", name, []string{"sh", "-c", "while :; do :; done"})
		if err != nil {
			return err
		}
		if err := l.launch(cmd, "lab", "lab/"+name); err != nil {
			return err
		}
	}
	return l.schedule(node, unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_IDLE})
}

// Feed ends Starve.
func (l *Lab) Feed(node string) error {
	err := l.schedule(node, unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_NORMAL})
	for i := range runtime.NumCPU() {
		if p, ok := l.process(fmt.Sprintf("lab/hog-%s-%d", node, i)); ok {
			err = errors.Join(err, p.Signal(sigkill))
		}
	}
	if p, ok := l.process(node + "/bfdd"); ok {
		err = errors.Join(err, l.hurry(p))
	}
	return err
}

// schedule sets how all threads on a node are scheduled. A thread that ends
// meanwhile is none; one that begins has the policy of who began it.
func (l *Lab) schedule(node string, attr unix.SchedAttr) error {
	for _, p := range l.PIDs(node) {
		threads, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", p.PID))
		if err != nil {
			continue
		}
		for _, t := range threads {
			tid, _ := strconv.Atoi(t.Name())
			if err := unix.SchedSetAttr(tid, &attr, 0); err != nil && !errors.Is(err, unix.ESRCH) {
				return fmt.Errorf("schedule %s on %s: %w", t.Name(), node, err)
			}
		}
	}
	return nil
}

// hurry gives real-time priority to bfdd: six machines share the processors of
// one, each had its own.
func (l *Lab) hurry(p Process) error {
	return unix.SchedSetAttr(p.PID, &unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_FIFO, Priority: 5}, 0)
}
