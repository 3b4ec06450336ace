package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"srr/internal/api"
	"srr/internal/api/apitest"
	"srr/internal/routerid"
)

// drained is the Shop cluster as a drained node sees it; states are of its disk and web.
// Where one is stopped, the other node runs it.
func drained(here, there routerid.ID, states ...string) api.Snapshot {
	s := apitest.Shop()
	s.RouterID = here
	s.Node = s.NodeTitle(here)
	for i := range s.Nodes {
		s.Nodes[i].Flags = nil
		if s.Nodes[i].RouterID == here {
			s.Nodes[i].Flags = []string{api.FlagDrained}
		}
	}
	s.Services = slices.DeleteFunc(s.Services, func(s api.Service) bool { return s.Name != "disk" && s.Name != "web" })
	for i, state := range states {
		mine := api.Instance{RouterID: here, Node: s.Node, State: "active/" + state, Hold: api.Held}
		other := api.Instance{RouterID: there, Node: s.NodeTitle(there), State: "active/stopped", Hold: api.Released}
		switch state {
		case "stopped":
			mine.Hold = api.Released
			other.State, other.Hold = "active/started", api.Held
		case "stopping": // its address is gone already
			mine.Hold, mine.Pending = api.Released, &api.Pending{Action: "primitive stop"}
		}
		s.Services[i].Instances = []api.Instance{mine, other}
	}
	return s
}

func TestDrainEnds(t *testing.T) {
	const n1, n2 = apitest.N1, apitest.N2
	both := drained(n1, n2, "started", "started")
	undrained := drained(n1, n2, "started", "started")
	held := func(here api.Snapshot, why string) api.Snapshot {
		for i := range here.Services {
			if here.Services[i].Instances[0].Hold == api.Held {
				here.Services[i].Instances[0].Stays = why
			}
		}
		return here
	}
	const maintained, nobody = "this node is in maintenance", "no other node can take it: 10.0.0.2: drained"
	stays := func(why string, states ...string) api.Snapshot { return held(drained(n1, n2, states...), why) }
	undrained.Nodes[0].Flags = nil
	gone := errors.New("read: connection reset")
	for name, c := range map[string]struct {
		frames []api.Snapshot
		end    error // of the stream; context.Canceled: of an operator's patience
		json   bool
		out    string
		err    string // and what else is said of it
		code   int
	}{
		"all leave": {
			frames: []api.Snapshot{undrained, both, drained(n1, n2, "stopping", "stopped"), drained(n1, n2, "stopped", "stopped")},
			out:    "still here: disk, web\nweb left, runs on n2\nstill here: disk\ndisk left, runs on n2\nnothing is left on n1\n",
		},
		"all have left": {frames: []api.Snapshot{drained(n1, n2, "stopped", "stopped")}, out: "disk left, runs on n2\nweb left, runs on n2\nnothing is left on n1\n"},
		"as JSON":       {frames: []api.Snapshot{both, drained(n1, n2, "stopped", "stopped")}, json: true},
		"held up": {
			frames: []api.Snapshot{
				both, stays(maintained, "started", "started"), stays(maintained, "started", "started"), stays(nobody, "started", "started"),
				stays(nobody, "started", "stopped"), both, stays(nobody, "started", "started"), drained(n1, n2, "stopped", "stopped"),
			},
			out: "still here: disk, web\ndisk, web: waits, as this node is in maintenance\ndisk, web: waits, as no other node can take it: 10.0.0.2: drained\n" +
				"web left, runs on n2\nstill here: disk\ndisk, web: waits, as no other node can take it: 10.0.0.2: drained\ndisk left, runs on n2\nweb left, runs on n2\nnothing is left on n1\n",
		},
		"held up from the first": {frames: []api.Snapshot{stays(maintained, "started", "stopped")}, out: "web left, runs on n2\nstill here: disk\ndisk: waits, as this node is in maintenance\n", err: "  - disk: active/started: this node is in maintenance\n", code: exitDegraded},
		"held":                   {frames: []api.Snapshot{drained(n1, n2, "stopped", "failed held")}, out: "disk left, runs on n2\nstill here: web\n", err: "  - web: active/failed held\n", code: exitDegraded},
		"too slow":               {frames: []api.Snapshot{drained(n1, n2, "started", "stopping")}, json: true, err: "within 5m0s; the drain goes on, until srrctl undrain\n  - disk: active/started\n  - web: active/stopping, waits for primitive stop\n  try: srrctl explain SERVICE\n", code: exitDegraded},
		"nothing heard":          {err: "  - disk: active/started\n", code: exitDegraded},
		"undone":                 {frames: []api.Snapshot{both, undrained}, out: "still here: disk, web\n", err: "undone", code: exitFailed},
		"interrupted":            {frames: []api.Snapshot{both}, end: context.Canceled, out: "still here: disk, web\n", err: "interrupted; the drain goes on", code: exitFailed},
		"stream broken":          {frames: []api.Snapshot{both}, end: gone, out: "still here: disk, web\n", err: "the drain goes on, but it is not seen any more whether all has left: " + gone.Error(), code: exitFailed},
		"srrd ended":             {frames: []api.Snapshot{undrained}, end: errEnd, err: "the drain goes on, but", code: exitFailed},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var out, errOut bytes.Buffer
				a := &app{Env: Env{Out: &out, Err: &errOut}, print: printer{w: &out}, format: formatTable, began: true}
				if c.json {
					a.format = formatJSON
				}
				ctx, interrupt := context.WithCancel(t.Context())
				defer interrupt()
				ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
				defer cancel()
				w := leaving{a: a, limit: 5 * time.Minute, here: occupied(&both)}
				code := a.report(nil, w.wait(ctx, func(yield func(api.Snapshot, error) bool) {
					for _, s := range c.frames {
						if !yield(s, nil) {
							return
						}
					}
					switch c.end {
					case errEnd:
						return
					case context.Canceled:
						interrupt()
					case gone:
						yield(api.Snapshot{}, gone)
						return
					}
					<-ctx.Done()
					yield(api.Snapshot{}, fmt.Errorf("read: %w", ctx.Err()))
				}))
				if code != c.code || out.String() != c.out || !strings.Contains(errOut.String(), c.err) || c.err == "" && errOut.Len() > 0 {
					t.Errorf("exit code %d, want %d\n%s%s", code, c.code, out.String(), errOut.String())
				}
			})
		})
	}
}

var errEnd = errors.New("the end")

// TestDrainWaits on a real socket, and at the console of another node.
func TestDrainWaits(t *testing.T) {
	local := newShell(t)
	far := newAfar(t)
	n2 := apitest.NewFake()
	n2.SetSnapshot(drained(apitest.N2, apitest.N1, "started", "started"))
	snap := apitest.Shop()
	snap.Nodes[1].Console = serveConsole(t, far.pki, "n2", apitest.N2, n2, "127.0.0.1:0")
	far.fake.SetSnapshot(snap)
	for _, c := range []struct {
		line        string
		shell       *shell
		fake        *apitest.Fake
		here, there routerid.ID
	}{
		{"drain --timeout 1h", local, local.fake, apitest.N1, apitest.N2},
		{"drain --stop --on n2", far.shell, n2, apitest.N2, apitest.N1},
	} {
		var out syncBuffer
		done := make(chan int, 1)
		go func() {
			done <- Run(t.Context(), Env{Args: strings.Fields(c.line), Out: &out, Err: &out, Getenv: func(k string) string { return c.shell.env[k] }, Now: time.Now})
		}()
		out.await(t, "done\n")
		if got := c.fake.Commands(); len(got) != 1 || got[0].Verb != api.Drain {
			t.Fatalf("%s: %v", c.line, got)
		}
		c.fake.SetSnapshot(drained(c.here, c.there, "started", "stopped"))
		out.await(t, "still here: disk\n")
		c.fake.SetSnapshot(drained(c.here, c.there, "stopped", "stopped"))
		out.await(t, "nothing is left on ")
		if code := <-done; code != exitOK {
			t.Errorf("%s: exit code %d: %s", c.line, code, out.String())
		}
	}
}

// TestDrainInterrupted: who is stopped before the answer must not go on to reboot.
func TestDrainInterrupted(t *testing.T) {
	s := newShell(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, line := range []string{"drain", "drain --no-wait", "undrain"} {
		if code, _, errOut := s.run(ctx, strings.Fields(line)...); code != exitFailed || !strings.Contains(errOut, "interrupted") {
			t.Errorf("%s: %d %s", line, code, errOut)
		}
	}
}
