//go:build lab

package faults

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// limitFiles lets srrd open only so many files more than it has open.
func (r *run) limitFiles(_ context.Context, args []string, _ string) error {
	more, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	p, err := r.daemon(args[0])
	if err != nil {
		return err
	}
	var limit unix.Rlimit
	if err := unix.Prlimit(p.PID, unix.RLIMIT_NOFILE, nil, &limit); err != nil {
		return err
	}
	limit.Cur = min(uint64(descriptors(p)+more), limit.Max)
	return unix.Prlimit(p.PID, unix.RLIMIT_NOFILE, &limit, nil)
}

// shell runs a command on a node.
func (r *run) shell(ctx context.Context, node, command string) error {
	return r.exec(ctx, []string{node, command}, "")
}

// smallDisk puts what srrd keeps on a small file system and starts srrd anew.
func (r *run) smallDisk(ctx context.Context, args []string, _ string) error {
	state := r.b.l.Path(args[0], "state")
	err := r.shell(ctx, args[0], fmt.Sprintf("mkdir -p /run/small && mount -t tmpfs -o size=%s none /run/small && "+
		"cp -a %s/. /run/small && mount --move /run/small %s", args[1], state, state))
	if err != nil {
		return err
	}
	return r.crash(ctx, args[0])
}

// fillDisk leaves no byte.
func (r *run) fillDisk(ctx context.Context, args []string, _ string) error {
	return r.shell(ctx, args[0], fmt.Sprintf("cat /dev/zero >%s/filler 2>/dev/null || true", r.b.l.Path(args[0], "state")))
}

func (r *run) freeDisk(ctx context.Context, args []string, _ string) error {
	return r.shell(ctx, args[0], "rm "+r.b.l.Path(args[0], "state", "filler"))
}

// largeDisk takes the small file system away, whose content stays.
func (r *run) largeDisk(ctx context.Context, args []string, _ string) error {
	state := r.b.l.Path(args[0], "state")
	err := r.shell(ctx, args[0], fmt.Sprintf("mkdir -p /run/kept && cp -a %s/. /run/kept && umount -l %s && cp -a /run/kept/. %s", state, state, state))
	if err != nil {
		return err
	}
	return r.crash(ctx, args[0])
}

// deafLog starts srrd with a pipe as its output that is full and that nobody
// reads. srrd detaches for that: services go on.
func (r *run) deafLog(ctx context.Context, args []string, _ string) error {
	host := args[0]
	wrapper := r.b.shared + "/deaf-log"
	script := "#!/bin/sh\nrm -f /run/deaf; mkfifo /run/deaf\nexec 1<>/run/deaf 2>&1\n" +
		"dd if=/dev/zero of=/run/deaf oflag=nonblock bs=1 count=1048576 2>/dev/null\nexec \"$@\"\n"
	if err := os.WriteFile(wrapper, []byte(script), 0o755); err != nil {
		return err
	}
	return r.replace(ctx, host, func(argv []string) []string { return append([]string{"sh", wrapper}, argv...) })
}

func (r *run) heardLog(ctx context.Context, args []string, _ string) error {
	return r.replace(ctx, args[0], func(argv []string) []string { return argv[2:] })
}

// replace changes how srrd is started, and starts it like that.
func (r *run) replace(ctx context.Context, host string, change func(argv []string) []string) error {
	d, err := r.b.l.Daemon(host)
	if err != nil {
		return err
	}
	d.Argv = change(d.Argv)
	r.ended[host] = true
	if err := r.b.l.KillDaemon(host); err != nil {
		return err
	}
	return r.b.l.StartDaemon(host, d)
}

// thawer makes a file system at /run/frozen, freezes it at a line of its input, and
// thaws it when that ends, so that nothing hangs for ever whatever becomes of this
// process. Until then the directory $1 is on it.
const thawer = `dd if=/dev/zero of=/run/frozen.img bs=1M count=16 2>/dev/null && mkfs.ext4 -q /run/frozen.img && mkdir -p /run/frozen &&
mount -o loop /run/frozen.img /run/frozen || exit
if [ "$1" ]; then cp -a "$1"/. /run/frozen && mount --bind /run/frozen "$1"; fi
echo made && read line && fsfreeze -f /run/frozen && echo frozen && read line
fsfreeze -u /run/frozen; sleep 1
if [ "$1" ]; then umount -l "$1"; cp -a /run/frozen/. "$1"; fi
umount -l /run/frozen; rm -f /run/frozen.img`

// frozen is a file system that hangs, or will.
type frozen struct {
	in   io.Writer
	said *bufio.Scanner
}

func (r *run) makeDisk(ctx context.Context, host, dir string) (err error) {
	cmd, err := r.b.l.Command(context.WithoutCancel(ctx), host, "sh", "-c", thawer, "thawer", dir)
	if err != nil {
		return err
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, said, err := os.Pipe()
	if err != nil {
		return err
	}
	cmd.Stdout = said
	if err := cmd.Start(); err != nil {
		return err
	}
	r.undo = append(r.undo, func() { _ = in.Close(); _ = cmd.Wait(); _ = out.Close() })
	_ = said.Close()
	r.frozen = &frozen{in, bufio.NewScanner(out)}
	return r.frozen.hear("made")
}

func (f *frozen) hear(word string) error {
	if !f.said.Scan() || f.said.Text() != word {
		return fmt.Errorf("the file system is not %s; apt-get install e2fsprogs util-linux", word)
	}
	return nil
}

func (f *frozen) freeze() error {
	if _, err := io.WriteString(f.in, "\n"); err != nil {
		return err
	}
	return f.hear("frozen")
}

// freezeDisk makes a file system on which every change hangs, in a way that no
// signal ends.
func (r *run) freezeDisk(ctx context.Context, args []string, _ string) error {
	if err := r.makeDisk(ctx, args[0], ""); err != nil {
		return err
	}
	return r.frozen.freeze()
}

// stateDisk puts what srrd keeps on such a file system and starts srrd anew.
func (r *run) stateDisk(ctx context.Context, args []string, _ string) error {
	if err := r.makeDisk(ctx, args[0], r.b.l.Path(args[0], "state")); err != nil {
		return err
	}
	return r.crash(ctx, args[0])
}

func (r *run) freezeState(_ context.Context, _ []string, _ string) error { return r.frozen.freeze() }

func (r *run) thawDisk(ctx context.Context, _ []string, _ string) error {
	for _, undo := range r.undo {
		undo()
	}
	r.undo = nil
	return pause(ctx, 10*time.Millisecond)
}
