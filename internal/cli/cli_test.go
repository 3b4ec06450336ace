package cli

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"srr/internal/api"
	"srr/internal/api/apitest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// shell runs command lines against a fake daemon on a real socket.
type shell struct {
	fake   *apitest.Fake
	socket string
	env    map[string]string
	stdin  string
	tty    bool
	now    func() time.Time // nil: apitest.Now
}

func newShell(t *testing.T) *shell {
	f := apitest.NewFake()
	_, path := apitest.Serve(t, f, f)
	return &shell{fake: f, socket: path, env: map[string]string{"SRR_SOCKET": path}}
}

func (s *shell) run(ctx context.Context, args ...string) (code int, out, errOut string) {
	var o, e bytes.Buffer
	now := s.now
	if now == nil {
		now = func() time.Time { return apitest.Now }
	}
	code = Run(ctx, Env{
		Args: args, In: strings.NewReader(s.stdin), Out: &o, Err: &e,
		Getenv:     func(k string) string { return s.env[k] },
		Now:        now,
		InTerminal: s.tty, OutTerminal: s.tty,
	})
	return code, o.String(), e.String()
}

// TestGolden compares what each command prints with testdata/NAME.txt, written
// by go test -update.
func TestGolden(t *testing.T) {
	s := newShell(t)
	for name, c := range map[string]struct {
		args string
		code int
	}{
		"status":           {"status", exitOK},
		"status-exit-code": {"status --exit-code", exitDegraded},
		"status-json":      {"status -o json", exitOK},
		"nodes":            {"nodes", exitOK},
		"services":         {"services", exitOK},
		"groups":           {"groups", exitOK},
		"show-dns":         {"show dns", exitOK},
		"show-web":         {"show web", exitOK},
		"explain-web":      {"explain web", exitOK},
		"events":           {"events", exitOK},
		"events-since":     {"events --since 8m --service dns", exitOK},
		"events-json":      {"events -o json", exitOK},
		"availability":     {"availability", exitOK},
		"lsdb":             {"lsdb", exitOK},
		"lsdb-raw":         {"lsdb --raw", exitOK},
		"doctor":           {"doctor", exitDegraded},
		"output-dns":       {"output dns", exitOK},
		"output-start":     {"output dns start", exitOK},
		"what-if":          {"what-if power-off n1", exitOK},
		"what-if-json":     {"what-if power-off n1 -o json", exitOK},
		"survives":         {"survives", exitDegraded},
		"survives-all":     {"survives --all", exitDegraded},
	} {
		t.Run(name, func(t *testing.T) {
			code, out, errOut := s.run(t.Context(), strings.Fields(c.args)...)
			if code != c.code || errOut != "" {
				t.Errorf("exit code %d, want %d; %s", code, c.code, errOut)
			}
			assertHarmless(t, out)
			golden(t, filepath.Join("testdata", name+".txt"), out)
		})
	}
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (go test -update writes it anew):\n%s", path, diff)
	}
}

// assertHarmless fails on every character that a terminal could obey.
func assertHarmless(t *testing.T, out string) {
	t.Helper()
	for i, r := range out {
		if r != '\n' && r != '\t' && !unicode.IsPrint(r) || r == unicode.ReplacementChar && !strings.Contains(out[i:], "\ufffd") {
			t.Fatalf("character %U at %d: %q", r, i, out[max(0, i-20):min(len(out), i+20)])
		}
	}
}

func TestExitCodes(t *testing.T) {
	s := newShell(t)
	for _, c := range []struct {
		args string
		code int
		want string // in the error
	}{
		{"", exitOK, ""},
		{"explode", exitUsage, "unknown command \"explode\" for \"srrctl\"\n  try: srrctl --help\n"},
		{"statsu", exitUsage, "unknown command \"statsu\" for \"srrctl\"\n  try: srrctl status\n"},
		{"help bogus", exitUsage, "unknown command \"bogus\" for \"srrctl\"\n  try: srrctl --help\n"},
		{"help statsu", exitUsage, "  try: srrctl help status\n"},
		{"help ca bogus", exitUsage, "unknown command \"bogus\" for \"srrctl ca\""},
		{"help ca issue", exitOK, ""},
		{"events --node n2", exitFailed, "--on n2"},
		{"events --node n7", exitFailed, "no node"},
		{"status --colour", exitUsage, "unknown flag"},
		{"status now", exitUsage, "does not take"},
		{"show", exitUsage, "[--no-status]\n  try: srrctl show --help\n"},
		{"status -o xml", exitUsage, "want table or json"},
		{"maintenance maybe", exitUsage, "on or off"},
		{"move web n2 --until soonish", exitUsage, "as a time"},
		{"move web n2 --until 2020-01-01", exitUsage, "in the past"},
		{"output web strat", exitUsage, "no primitive"},
		{"drain --timeout soon", exitUsage, "as a duration"},
		{"what-if", exitUsage, "needs WHAT"},
		{"what-if config /nonexistent", exitFailed, "no such file"},
		{"show wbe", exitFailed, `did you mean "web"`},
		{"restart mail", exitRefused, "give the command on n2"},
		{"confirm-stopped n2 mail", exitRefused, "runs twice"},
		{"--socket /nonexistent status", exitUnreachable, "systemctl start srrd"},
	} {
		code, _, errOut := s.run(t.Context(), strings.Fields(c.args)...)
		if code != c.code || !strings.Contains(errOut, c.want) {
			t.Errorf("srrctl %s: exit code %d, want %d; %q, want %q", c.args, code, c.code, errOut, c.want)
		}
	}
}

func TestVerbs(t *testing.T) {
	s := newShell(t)
	s.env["SUDO_USER"] = "somebody-else"
	for _, c := range []struct{ args, want string }{
		{"move web n2 --until 8h --reason x", "move unit=group shop node=10.0.0.2 until=20:00 reason=x"},
		{"start web", "start unit=group shop"},
		{"unmove dns", "unmove unit=dns"},
		{"stop dns --yes", "stop unit=dns yes"},
		{"run group/shop", "run unit=group shop"},
		{"restart web", "restart service=web"},
		{"reload web", "reload service=web"},
		{"check web", "check service=web"},
		{"clear dns", "clear service=dns"},
		{"activate dns", "activate service=dns"},
		{"deactivate dns", "deactivate service=dns"},
		{"enable dns", "enable service=dns"},
		{"disable dns", "disable service=dns"},
		{"confirm-stopped n3 mail -y", "confirm-stopped service=mail node=10.0.0.3 yes"},
		{"drain --stop --no-wait", "drain stop"},
		{"undrain", "undrain"},
		{"maintenance on", "maintenance on"},
		{"maintenance off", "maintenance"},
		{"reload-config --pending", "reload-config pending"},
		{"detach", "detach"},
		{"shutdown --stop -y", "shutdown stop yes"},
	} {
		// until must lie in the future of the server's clock
		args := strings.Fields(strings.Replace(c.args, "--until 8h", "--until "+time.Now().Add(100*24*time.Hour).Format(time.DateOnly)+"T20:00", 1))
		code, out, errOut := s.run(t.Context(), args...)
		if code != exitOK || out != "done\n" {
			t.Errorf("srrctl %s: %d %q %q", c.args, code, out, errOut)
			continue
		}
		commands := s.fake.Commands()
		if got := words(commands[len(commands)-1]); got != c.want {
			t.Errorf("srrctl %s asks for %q, want %q", c.args, got, c.want)
		}
	}
}

// words writes down what a command asks for.
func words(c api.Command) string {
	w := []string{string(c.Verb)}
	add := func(is bool, format string, v ...any) {
		if is {
			w = append(w, fmt.Sprintf(format, v...))
		}
	}
	add(c.Service != "", "service=%s", c.Service)
	add(c.Unit.Name != "", "unit=%s", c.Unit)
	add(c.Node != 0, "node=%s", c.Node)
	add(!c.Until.IsZero(), "until=%s", c.Until.Format("15:04"))
	add(c.Reason != "", "reason=%s", c.Reason)
	add(c.StopRest, "stop")
	add(c.On, "on")
	add(c.Pending, "pending")
	add(c.Confirmed, "yes")
	add(!strings.HasPrefix(c.Author, "somebody-else as "), "author=%s", c.Author)
	return strings.Join(w, " ")
}

func TestConfirmation(t *testing.T) {
	s := newShell(t)
	s.tty = true
	for _, c := range []struct {
		typed string
		done  bool
	}{{"yes\n", true}, {"yes", true}, {"y\n", false}, {"", false}, {"no\n", false}} {
		s.stdin = c.typed
		before := len(s.fake.Commands())
		code, _, errOut := s.run(t.Context(), "confirm-stopped", "n2", "mail")
		done := len(s.fake.Commands()) > before
		if done != c.done || (code == exitOK) != c.done || !strings.Contains(errOut, "runs twice") {
			t.Errorf("typed %q: done %v, exit code %d, %s", c.typed, done, code, errOut)
		}
	}
}

func TestRefusalNamesTheWayOut(t *testing.T) {
	s := newShell(t)
	s.fake.DoErr = &api.Refusal{Rule: "last-node", Text: "2 services\x1b[2J cannot leave", List: []string{"mail: no other node", "evil\x9b"}, Advice: "srrctl drain --stop"}
	code, _, errOut := s.run(t.Context(), "drain")
	want := "srrctl: refused: 2 services\\x1b[2J cannot leave\n  - mail: no other node\n  - evil\ufffd\n  try: srrctl drain --stop\n"
	if code != exitRefused || errOut != want {
		t.Errorf("%d %q, want %q", code, errOut, want)
	}
	s.fake.DoErr = errors.New("disk on fire")
	if code, _, errOut = s.run(t.Context(), "drain"); code != exitFailed || !strings.Contains(errOut, "disk on fire") {
		t.Errorf("%d %q", code, errOut)
	}
}

func TestColors(t *testing.T) {
	s := newShell(t)
	s.tty = true
	if _, out, _ := s.run(t.Context(), "status"); !strings.Contains(out, "\x1b[31mcritical\x1b[0m") {
		t.Errorf("no colors on a terminal: %q", out[:200])
	}
	s.env["NO_COLOR"] = "1"
	if _, out, _ := s.run(t.Context(), "status"); strings.Contains(out, "\x1b") {
		t.Error("colors in spite of NO_COLOR")
	}
}

func TestCompletion(t *testing.T) {
	s := newShell(t)
	for line, want := range map[string]string{
		"show ":               "disk dns ftp mail web",
		"restart ":            "disk dns ftp web",
		"move ":               "dns ftp mail shop",
		"move web ":           "n1 n2 n3",
		"confirm-stopped ":    "n1 n2 n3",
		"confirm-stopped n1 ": "disk dns ftp mail web",
		"maintenance ":        "on off",
		"status --output ":    "table json",
		"events --service ":   "disk dns ftp mail web",
	} {
		_, out, _ := s.run(t.Context(), append([]string{"__complete"}, strings.Split(line, " ")...)...)
		lines := strings.Split(strings.TrimSpace(out), "\n")
		if got := strings.Join(lines[:len(lines)-1], " "); got != want {
			t.Errorf("%s<TAB>: %q, want %q", line, got, want)
		}
	}
	for _, sh := range []string{"bash", "zsh", "fish"} {
		if code, out, _ := s.run(t.Context(), "completion", sh); code != exitOK || !strings.Contains(out, "srrctl") {
			t.Errorf("completion %s: %d", sh, code)
		}
	}
}

func TestWatchFollows(t *testing.T) {
	s := newShell(t)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	var out syncBuffer
	done := make(chan int, 1)
	go func() {
		done <- Run(ctx, Env{
			Args: []string{"watch"}, In: strings.NewReader(""), Out: &out, Err: &out,
			Getenv: func(k string) string { return s.env[k] }, Now: time.Now, OutTerminal: true, Rows: func() int { return 10 },
		})
	}()
	out.await(t, "prod")
	snap := s.fake.Snapshot()
	snap.Cluster = "changed"
	s.fake.SetSnapshot(snap)
	out.await(t, "changed")
	cancel()
	if code := <-done; code != exitOK {
		t.Errorf("exit code %d", code)
	}
	if all := out.String(); !strings.HasSuffix(all, "\x1b[?25h\x1b[?1049l") {
		t.Errorf("the screen is not given back: %q", all[max(0, len(all)-40):])
	}
}
