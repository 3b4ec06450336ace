//go:build lab

package faults

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// word is what scripts say besides the faults of the lab.
type word struct {
	least, most int // arguments; most -1: any number
	run         func(r *run, ctx context.Context, args []string, want string) error
}

var words map[string]word

func init() {
	words = map[string]word{
		// What an operator does. do HOST VERB…: srrctl on that host.
		"do":      {2, -1, (*run).operate},
		"refused": {2, -1, (*run).refused}, // refused HOST VERB… : TEXT
		"see":     {2, -1, (*run).see},     // see HOST VERB… : TEXT, within lookFor
		"unseen":  {2, -1, (*run).unseen},  // unseen HOST VERB… : TEXT, that it goes within lookFor
		"exec":    {2, -1, (*run).exec},    // exec NODE SHELL…
		// What happens to services.
		"behave": {4, 4, (*run).behave}, // behave HOST SERVICE PRIMITIVE fail|hang|slow|recall|lie|unknown|ok
		"die":    {2, 2, (*run).die},    // die HOST SERVICE: its processes are killed
		// What must be seen.
		"on":        {2, 2, (*run).on},        // on SERVICE HOST
		"elsewhere": {2, 2, (*run).elsewhere}, // elsewhere SERVICE HOST: runs, but not there
		"nowhere":   {1, 1, (*run).nowhere},   // nowhere SERVICE
		"state":     {3, -1, (*run).state},    // state HOST SERVICE STATE
		"settled":   {0, 0, (*run).settled},   // everything runs once, and everybody knows everybody
		"stays":     {2, 2, (*run).stays},     // stays SERVICE|all DURATION: where it is
		"last":      {1, 1, (*run).last},      // last DURATION: faults need time to bite, routers to come up
		"starts":    {2, 2, (*run).started},   // starts SERVICE N: so often since the beginning, at most
		"dark":      {2, 2, (*run).darkFor},   // dark SERVICE DURATION: at most, for the client
		"memory":    {2, 2, (*run).memory},    // memory HOST MB: that srrd uses, at most
		"overlap":   {0, 0, func(r *run, _ context.Context, _ []string, _ string) error { r.overlap = true; return nil }},
		"may-end":   {1, -1, (*run).mayEnd}, // may-end HOST…: srrd there
		"alarm-left": {0, 0, func(r *run, _ context.Context, _ []string, want string) error {
			r.alarms = append(r.alarms, want)
			return nil
		}},
		// Things that need more than a line.
		"flap":         {3, 3, (*run).flap},        // flap NODE LINK TIMES, at 10 Hz
		"crash-loop":   {3, 3, (*run).crashLoop},   // crash-loop HOST TIMES PAUSE: kill -9 srrd
		"crash-sweep":  {2, 2, (*run).crashSweep},  // crash-sweep UNIT SERVICE: kill -9 srrd at many points of a move
		"connect":      {1, 1, (*run).connect},     // connect SERVICE: the client opens a connection and keeps it
		"reset":        {1, 1, (*run).reset},       // reset DURATION: the connection ends within that time
		"limit-files":  {2, 2, (*run).limitFiles},  // limit-files HOST MORE: srrd may open so many more
		"small-disk":   {2, 2, (*run).smallDisk},   // small-disk HOST SIZE: for what srrd keeps
		"fill-disk":    {1, 1, (*run).fillDisk},    // fill-disk HOST
		"free-disk":    {1, 1, (*run).freeDisk},    // free-disk HOST
		"large-disk":   {1, 1, (*run).largeDisk},   // large-disk HOST: ends small-disk
		"deaf-log":     {1, 1, (*run).deafLog},     // deaf-log HOST: srrd is started again with a full pipe as its output
		"heard-log":    {1, 1, (*run).heardLog},    // heard-log HOST: ends deaf-log
		"config":       {2, -1, (*run).configure},  // config HOST FROM=TO: changes srr.yaml, not yet loaded
		"config-half":  {1, 1, (*run).halve},       // config-half HOST: half the file is lost
		"config-back":  {1, 1, (*run).restore},     // config-back HOST
		"state-disk":   {1, 1, (*run).stateDisk},   // state-disk HOST: a file system of its own for what srrd keeps
		"freeze-state": {1, 1, (*run).freezeState}, // freeze-state HOST: that hangs
		"freeze-disk":  {1, 1, (*run).freezeDisk},  // freeze-disk HOST: a file system at /run/frozen that hangs
		"thaw-disk":    {1, 1, (*run).thawDisk},    // thaw-disk HOST: both
		"peer-garbage": {2, 2, (*run).peerGarbage}, // peer-garbage ROUTER N: floods N malformed records
		"peer-storm":   {2, 2, (*run).peerStorm},   // peer-storm ROUTER N: floods N LSAs of another opaque type
		"peer-forge":   {2, 2, (*run).peerForge},   // peer-forge ROUTER HOST: floods records in the name of a host
		"peer-newer":   {3, 3, (*run).peerNewer},   // peer-newer ROUTER SERVICE STATE: a node of a version to come
		"peer-purge":   {3, 3, (*run).peerPurge},   // peer-purge ROUTER HOST,… DURATION: takes the records of hosts away, each second
		"peer-silence": {3, 3, (*run).peerSilence}, // peer-silence ROUTER HOST,… DURATION: so that what is flooded again under the same ID gets nowhere
		"peer-mimic":   {3, 3, (*run).peerMimic},   // peer-mimic ROUTER HOST DURATION: floods its records with other bodies, under the same number and checksum
		"genuine":      {2, 2, (*run).genuine},     // genuine NODE HOST: its ospfd holds what a host says, and no other body
		"peer-leave":   {1, 1, (*run).peerLeave},   // peer-leave ROUTER: ends all that
	}
}

// srrctl runs the operator's program for a host.
func (b *bed) srrctl(ctx context.Context, host string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, filepath.Join(b.bin, "srrctl"), append([]string{"--socket", b.l.Path(host, "run/srr/srrd.sock")}, args...)...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (r *run) operate(ctx context.Context, args []string, _ string) error {
	if v := args[1]; v == "shutdown" || v == "detach" {
		r.ended[args[0]] = true
	}
	r.b.history.note("do " + strings.Join(args, " "))
	out, err := r.b.srrctl(ctx, args[0], args[1:]...)
	if err != nil {
		return fmt.Errorf("%w: %s", err, strings.TrimSpace(out))
	}
	return nil
}

func (r *run) refused(ctx context.Context, args []string, want string) error {
	out, err := r.b.srrctl(ctx, args[0], args[1:]...)
	var exit *exec.ExitError
	switch {
	case err == nil:
		return fmt.Errorf("accepted: %s", out)
	case !errors.As(err, &exit):
		return err
	case !strings.Contains(out, want):
		return fmt.Errorf("refused, but not by %q: %s", want, out)
	}
	return nil
}

func (r *run) see(ctx context.Context, args []string, want string) error {
	return r.look(ctx, args, want, true)
}

func (r *run) unseen(ctx context.Context, args []string, want string) error {
	return r.look(ctx, args, want, false)
}

// lookFor is how long words may take to appear. Two machines with one router ID need
// up to four records to tell each other, and ospfd sends again after 5 s what was lost.
const lookFor = 30 * time.Second

func (r *run) look(ctx context.Context, args []string, want string, present bool) error {
	return wait(ctx, lookFor, strconv.Quote(want), func() string {
		out, err := r.b.srrctl(ctx, args[0], args[1:]...)
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			return err.Error()
		}
		if strings.Contains(out, want) == present {
			return ""
		}
		return "srrctl says:\n" + out
	})
}

func (r *run) exec(ctx context.Context, args []string, want string) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	out, err := r.b.l.Exec(ctx, args[0], "sh", "-c", strings.Join(args[1:], " "))
	if err == nil && !strings.Contains(out, want) {
		return fmt.Errorf("no %q in: %s", want, out)
	}
	return err
}

func (r *run) behave(_ context.Context, args []string, _ string) error {
	path := r.b.l.Path(args[0], "run", "behave", args[1], args[2])
	if args[3] == "ok" {
		return os.Remove(path)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(args[3]), 0o644)
}

func (r *run) die(_ context.Context, args []string, _ string) error {
	processes := r.b.processes(args[0])[args[1]]
	if len(processes) == 0 {
		return fmt.Errorf("%s has no process on %s", args[1], args[0])
	}
	for _, p := range processes {
		if err := p.Signal(syscall.SIGKILL); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) mayEnd(_ context.Context, args []string, _ string) error {
	for _, host := range args {
		r.ended[host] = true
	}
	return nil
}
