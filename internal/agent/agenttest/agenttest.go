// Package agenttest is what every agent that runs programs must pass.
package agenttest

import (
	"context"
	"net/netip"
	"strings"
	"testing"
	"time"

	"srr/internal/agent"
	"srr/internal/agent/process"
	"srr/internal/service"
)

// Kind is one kind of agent.
type Kind struct {
	// New makes an agent of service "web" whose every primitive runs the shell
	// script, with $SRR_PRIMITIVE and the rest of the environment.
	New    func(t *testing.T, host *process.Host, script string) agent.Agent
	Recall bool // exit status 75 is a recall
}

// Request is a call of service "web" with everything set.
func Request(p service.Primitive) agent.Request {
	return agent.Request{
		ID: 1, Service: "web", Primitive: p, Timeout: 10 * time.Second,
		Env: agent.Env{
			Addresses: []netip.Addr{netip.MustParseAddr("10.9.0.1"), netip.MustParseAddr("fd00::1")},
			Node:      "n1", RouterID: "1.1.1.1", Peers: []string{"2.2.2.2", "3.3.3.3"},
			Group: "shop", Reason: "because $(id) `id`; 'x' \"y\"", Peer: "2.2.2.2",
		},
	}
}

// Run runs the suite. It needs no privileges.
func Run(t *testing.T, k Kind) {
	t.Run("results", func(t *testing.T) { results(t, k) })
	t.Run("environment", func(t *testing.T) { environment(t, k) })
	t.Run("time-out", func(t *testing.T) { timeOut(t, k) })
	t.Run("cancel", func(t *testing.T) { cancelled(t, k) })
	t.Run("output", func(t *testing.T) { output(t, k) })
}

func host(t *testing.T) *process.Host { return &process.Host{RunDir: t.TempDir()} }

func results(t *testing.T, k Kind) {
	fail := func(code int, text string) service.Result {
		return service.Result{Outcome: service.Failure, Code: code, Text: text}
	}
	again := func(d time.Duration) service.Result {
		return service.Result{Outcome: service.NotFinished, Recall: d}
	}
	for script, want := range map[string]service.Result{
		`exit 0`:                                             {},
		`echo ok > $SRR_RESULT; exit 3`:                      {},
		`echo "failed 7 no disk" > $SRR_RESULT`:              fail(7, "no disk"),
		`echo "recall 2.5" > $SRR_RESULT; exit 1`:            again(2500 * time.Millisecond),
		`echo "recall x" > $SRR_RESULT`:                      fail(1, `bad result "recall x"`),
		`echo "recall -1" > $SRR_RESULT`:                     fail(1, `bad result "recall -1"`),
		`echo "recall NaN" > $SRR_RESULT`:                    fail(1, `bad result "recall NaN"`),
		`echo "recall 1e30" > $SRR_RESULT`:                   again(time.Hour),
		`echo fine > $SRR_RESULT`:                            fail(1, `bad result "fine"`),
		`mkfifo $SRR_RESULT`:                                 fail(1, "read result: not a file"),
		`ln -s /etc/hostname $SRR_RESULT`:                    fail(1, "*"),
		`: > $SRR_RESULT`:                                    {},
		`echo out; echo "one" >&2; echo "two" >&2; exit 4`:   fail(0, "two"),
		`printf 'a\033[31m\377b\001\n' >&2; exit 4`:          fail(0, "a [31m b"),
		`head -c 100000 /dev/zero | tr '\0' x >&2; exit 1`:   fail(0, strings.Repeat("x", 200)),
		`echo "failed 999 code" > $SRR_RESULT`:               fail(1, "999 code"),
		`head -c 100000 /dev/zero | tr '\0' x > $SRR_RESULT`: fail(1, "*"),
	} {
		res := k.New(t, host(t), script).Call(t.Context(), Request(service.Start))
		if want.Text == "*" {
			res.Text = want.Text
		}
		if want.Code == 0 {
			res.Code = 0 // make knows only 2
		}
		if res != want {
			t.Errorf("%s: %+v, want %+v", script, res, want)
		}
	}
	res := k.New(t, host(t), "exit 75").Call(t.Context(), Request(service.Start))
	if k.Recall && (res.Outcome != service.NotFinished || res.Recall != time.Second) {
		t.Errorf("exit 75: %+v", res)
	}
	if !k.Recall && res.Outcome != service.Failure {
		t.Errorf("exit 75: %+v", res)
	}
}

func environment(t *testing.T, k Kind) {
	t.Setenv("SECRET_OF_THE_DAEMON", "x")
	a := k.New(t, host(t), `env | sort; id -u > /dev/null`)
	if res := a.Call(t.Context(), Request(service.Join)); res.Outcome != service.OK {
		t.Fatal(res)
	}
	got := outputs(t, a)[service.Join]
	for _, want := range []string{
		"SRR_SERVICE=web", "SRR_ADDRESSES=10.9.0.1 fd00::1", "SRR_NODE=n1", "SRR_ROUTER_ID=1.1.1.1",
		"SRR_PEERS=2.2.2.2 3.3.3.3", "SRR_GROUP=shop", "SRR_PEER=2.2.2.2", "SRR_PRIMITIVE=join",
		"SRR_REASON=because __id_ _id__ _x_ _y_", "PATH=" + process.DefaultPath, "SRR_RESULT=/",
	} {
		if !strings.Contains("\n"+string(got.Stdout), "\n"+want) {
			t.Errorf("no %s in the environment:\n%s", want, got.Stdout)
		}
	}
	if strings.Contains(string(got.Stdout), "SECRET") {
		t.Error("the daemon's environment was passed on")
	}
}

func timeOut(t *testing.T, k Kind) {
	a := k.New(t, host(t), `echo waiting >&2; sleep 60`)
	req := Request(service.Check)
	// On a busy machine the shell may get to its first word later.
	for _, req.Timeout = range []time.Duration{200 * time.Millisecond, 2 * time.Second, 20 * time.Second} {
		at := time.Now()
		res := a.Call(t.Context(), req)
		if took := time.Since(at); res.Outcome != service.TimedOut || took > req.Timeout+30*time.Second {
			t.Errorf("%+v after %v", res, took)
		}
		if strings.Contains(res.Text, "waiting") || !k.Recall {
			return
		}
	}
	t.Error("what it said is not told")
}

func cancelled(t *testing.T, k Kind) {
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	at := time.Now()
	res := k.New(t, host(t), `sleep 60`).Call(ctx, Request(service.Start))
	if res.Outcome != service.CannotRun || time.Since(at) > 30*time.Second {
		t.Errorf("%+v after %v", res, time.Since(at))
	}
}

func output(t *testing.T, k Kind) {
	a := k.New(t, host(t), `echo one; echo two >&2; head -c 200000 /dev/zero; echo end`)
	a.Call(t.Context(), Request(service.Status))
	got := outputs(t, a)[service.Status]
	if n := len(got.Stdout); n != 64<<10 || !strings.HasSuffix(string(got.Stdout), "end\n") {
		t.Errorf("%d bytes of output are kept", n)
	}
	if !strings.HasPrefix(string(got.Stderr), "two\n") {
		t.Errorf("stderr: %q", got.Stderr)
	}
}

func outputs(t *testing.T, a agent.Agent) map[service.Primitive]agent.Output {
	t.Helper()
	p, ok := a.(agent.Printer)
	if !ok {
		t.Fatalf("%T keeps no outputs", a)
	}
	m := make(map[service.Primitive]agent.Output)
	for _, o := range p.Outputs() {
		m[o.Primitive] = o
	}
	return m
}
