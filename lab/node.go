package lab

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// nodeScript turns the process into the holder of a node's view of the machine:
// its own /run, /etc/frr, control groups, host name and boot ID.
// Arguments: directory of the node, its name, directory of programs. The last
// is made executable; /run often is not.
const nodeScript = `set -e
mount --make-rprivate /
hostname "$2"
mount -t cgroup2 none /sys/fs/cgroup
mount --bind "$1/boot_id" /proc/sys/kernel/random/boot_id
mount --bind "$1/etc/frr" /etc/frr
mount --bind ` + StateRoot + ` "$1/run` + runLab + `"
mount --rbind "$1/run" /run
mount --bind "$3" "$3"
mount -o remount,bind,exec "$3"
exec sleep infinity`

// runLab is where StateRoot is below the node's own /run.
const runLab = "/srr-lab"

// startHolder makes the node's directory and starts the process that holds its
// namespaces. It lives in the lab's control group, not in the node's: it
// survives the loss of power.
func (l *Lab) startHolder(n *Node) error {
	if err := l.makeGroup(n.Name); err != nil {
		return err
	}
	if err := l.makeNodeDir(n); err != nil {
		return err
	}
	argv := []string{"unshare", "-m", "-u", "-C", "sh", "-c", nodeScript, "sh", l.path(n.Name), n.Name, l.path("bin")}
	cmd, err := l.command(n.Name, "holder", argv)
	if err != nil {
		return err
	}
	name := n.Name + "/holder"
	err = InNamespace(l.NodeNamespace(n.Name), func() error { return l.launch(cmd, n.Name, name) })
	if err != nil {
		return err
	}
	p, _ := l.process(name)
	ready := func() bool {
		comm, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", p.PID))
		return err != nil || string(comm) == "sleep\n"
	}
	if err := waitFor(5*time.Second, "the namespaces of "+n.Name, ready); err != nil {
		return err
	}
	if !p.Alive() {
		out, _ := os.ReadFile(l.Path(n.Name, "log", "holder.out"))
		return fmt.Errorf("set up node %s: %s", n.Name, bytes.TrimSpace(out))
	}
	procs := filepath.Join(l.state.Cgroup, "lab", "cgroup.procs")
	if err := os.WriteFile(procs, []byte(strconv.Itoa(p.PID)), 0); err != nil {
		return fmt.Errorf("set up node %s: %w", n.Name, err)
	}
	return nil
}

func (l *Lab) makeNodeDir(n *Node) error {
	for _, dir := range []string{"etc/frr", "log", "state"} {
		if err := os.MkdirAll(l.Path(n.Name, dir), 0o755); err != nil {
			return fmt.Errorf("make directory of %s: %w", n.Name, err)
		}
	}
	if err := l.makeRunDir(n); err != nil {
		return err
	}
	if err := l.newBootID(n); err != nil {
		return err
	}
	if err := l.writeFRRConfig(n); err != nil {
		return err
	}
	return chownFRR(l.Path(n.Name, "log"), l.Path(n.Name, "etc/frr"))
}

// makeRunDir makes what a booted machine has in /run.
func (l *Lab) makeRunDir(n *Node) error {
	for _, dir := range []string{"run/lock", "run/frr", "run" + runLab} {
		if err := os.MkdirAll(l.Path(n.Name, dir), 0o755); err != nil {
			return fmt.Errorf("make directory of %s: %w", n.Name, err)
		}
	}
	return chownFRR(l.Path(n.Name, "run/frr"))
}

// newBootID makes a node believe that it was booted anew. The file is written
// in place, since its inode is what the node sees.
func (l *Lab) newBootID(n *Node) error {
	var b [16]byte
	_, _ = rand.Read(b[:])
	id := fmt.Sprintf("%x-%x-%x-%x-%x\n", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
	if err := os.WriteFile(l.Path(n.Name, "boot_id"), []byte(id), 0o444); err != nil {
		return fmt.Errorf("write boot ID of %s: %w", n.Name, err)
	}
	return nil
}

func chownFRR(paths ...string) error {
	u, err := user.Lookup("frr")
	if err != nil {
		return fmt.Errorf("find user of FRR: %w", err)
	}
	uid, _ := strconv.Atoi(u.Uid)
	gid, _ := strconv.Atoi(u.Gid)
	for _, p := range paths {
		if err := os.Chown(p, uid, gid); err != nil {
			return fmt.Errorf("hand %s to frr: %w", p, err)
		}
	}
	return nil
}

// inNode makes a command run inside a node. nsenter executes it in its own
// place, so the PID stays the same.
func (l *Lab) inNode(node string, argv []string) ([]string, error) {
	p, ok := l.process(node + "/holder")
	if !ok {
		return nil, fmt.Errorf("run %s on %s: no such node is up", argv[0], node)
	}
	enter := []string{"nsenter", "-t", strconv.Itoa(p.PID), "-n", "-m", "-u", "-C", "--"}
	return append(enter, argv...), nil
}

// command prepares a process whose output goes to the node's log directory.
func (l *Lab) command(node, name string, argv []string) (*exec.Cmd, error) {
	dir := l.Path(node, "log")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	out, err := os.OpenFile(filepath.Join(dir, name+".out"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Stdout, cmd.Stderr = out, out
	return cmd, nil
}

// launch starts a command in a control group of the lab, writes it down under
// the name, and reaps it. It closes the command's output file.
func (l *Lab) launch(cmd *exec.Cmd, group, name string) error {
	dir, err := os.Open(filepath.Join(l.state.Cgroup, group))
	if err != nil {
		return fmt.Errorf("start %s: %w", name, err)
	}
	defer func() { _ = dir.Close() }()
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, UseCgroupFD: true, CgroupFD: int(dir.Fd())}
	err = cmd.Start()
	if out, ok := cmd.Stdout.(*os.File); ok {
		_ = out.Close()
	}
	if err != nil {
		return fmt.Errorf("start %s: %w", name, err)
	}
	p, err := identify(cmd.Process.Pid)
	go func() { _ = cmd.Wait() }()
	if err != nil {
		return fmt.Errorf("start %s: it ended at once", name)
	}
	return l.update(func(st *State) { st.Processes[name] = p })
}

// Start runs a long-lived process on a node, under a name of its own there.
// Its output goes to NAME.out in the node's log directory.
func (l *Lab) Start(node, name string, argv ...string) (Process, error) {
	if p, ok := l.process(node + "/" + name); ok {
		return p, fmt.Errorf("start %s on %s: it runs already", name, node)
	}
	argv, err := l.inNode(node, argv)
	if err != nil {
		return Process{}, err
	}
	cmd, err := l.command(node, name, argv)
	if err != nil {
		return Process{}, err
	}
	if err := l.launch(cmd, node, node+"/"+name); err != nil {
		return Process{}, err
	}
	p, _ := l.process(node + "/" + name)
	return p, nil
}

// joinScript puts the process into the node's control group, so that it goes
// with the node's power, and becomes the command.
const joinScript = `echo $$ >/sys/fs/cgroup/cgroup.procs; exec "$@"`

// Command prepares a command on a node for the caller to run. It ends with ctx.
func (l *Lab) Command(ctx context.Context, node string, argv ...string) (*exec.Cmd, error) {
	argv, err := l.inNode(node, append([]string{"sh", "-c", joinScript, "sh"}, argv...))
	if err != nil {
		return nil, err
	}
	return exec.CommandContext(ctx, argv[0], argv[1:]...), nil
}

// Exec runs a command on a node and returns what it wrote to its standard output.
func (l *Lab) Exec(ctx context.Context, node string, argv ...string) (string, error) {
	cmd, err := l.Command(ctx, node, argv...)
	if err != nil {
		return "", err
	}
	out, err := cmd.Output()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return string(out), fmt.Errorf("run %s on %s: %w: %s", argv[0], node, err, bytes.TrimSpace(exit.Stderr))
	}
	if err != nil {
		return string(out), fmt.Errorf("run %s on %s: %w", strings.Join(argv, " "), node, err)
	}
	return string(out), nil
}

// Running finds a process of a node that was started by its name.
func (l *Lab) Running(node, name string) (Process, bool) { return l.process(node + "/" + name) }

// PIDs lists the processes that run on a node, services included.
func (l *Lab) PIDs(node string) []Process {
	var out []Process
	for _, pid := range groupPIDs(filepath.Join(l.state.Cgroup, node)) {
		if p, err := identify(pid); err == nil {
			out = append(out, p)
		}
	}
	return out
}

// FindProcess finds a process on a node whose command line begins like this.
func (l *Lab) FindProcess(node, command string) (Process, error) {
	for _, p := range l.PIDs(node) {
		data, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", p.PID))
		if err == nil && strings.HasPrefix(strings.ReplaceAll(string(data), "\x00", " "), command) {
			return p, nil
		}
	}
	return Process{}, fmt.Errorf("find %s on %s: it does not run", command, node)
}
