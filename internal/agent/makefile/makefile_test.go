package makefile

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"srr/internal/agent"
	"srr/internal/agent/agenttest"
	"srr/internal/agent/process"
	"srr/internal/service"
)

const all = "activate deactivate start stop reload restart join leave failed status check"

func writeFile(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestValidate(t *testing.T) {
	for name, c := range map[string]struct{ text, file, want string }{
		"complete":       {text: all + ":\n\ttouch /tmp/never\n"},
		"double colon":   {text: all + "::\n"},
		"indirect":       {text: "P = " + all + "\n$(P): other\n\techo $@\nother:\n"},
		"match-anything": {text: "%:\n\t./run $@\n"},
		"no join, leave": {
			text: "activate deactivate start stop reload restart failed status check:\n",
			want: "no target join, leave; for what has nothing to do, add the line \"join leave:\"",
		},
		"only prerequisite": {
			text: strings.Replace(all, "start ", "", 1) + ":\nother: start\n",
			want: "no target start",
		},
		"only a variable": {text: strings.Replace(all, " stop", "", 1) + ":\nstop := 1\n", want: "no target stop"},
		"file in the way": {text: all + ":\n", file: "check", want: "add the line \".PHONY: check\""},
		"file, but phony": {text: ".PHONY: check\n" + all + ":\n", file: "check"},
		"syntax error":    {text: "start\n\techo\n", want: "Makefile:1: *** missing separator"},
		"error":           {text: all + ":\n$(error boo)\n", want: "Makefile:2: *** boo"},
		"missing include": {text: "include none.mk\n" + all + ":\n", want: "none.mk"},
		"include":         {text: "include more.mk\n", file: "more.mk"},
		"open include":    {text: "include open.mk\n", file: "open.mk", want: "open.mk is writable by others"},
		"hangs":           {text: "X := $(shell sleep 60)\n", want: "no answer"},
		"empty":           {text: "", want: "no target activate, deactivate, start"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			os.Chmod(filepath.Dir(dir), 0o755) // relative includes are read as nobody
			path := writeFile(t, dir, "Makefile", c.text)
			if c.file != "" {
				writeFile(t, dir, c.file, all+":\n")
			}
			if c.file == "open.mk" {
				os.Chmod(filepath.Join(dir, c.file), 0o666)
			}
			err := Validate(t.Context(), path)
			if _, unexamined := errors.AsType[*agent.Unexamined](err); unexamined != (name == "hangs") {
				t.Errorf("not examined: %t: %v", unexamined, err)
			}
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}

func TestValidateIsUnprivileged(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Log("not root: nothing to drop")
	}
	dir := t.TempDir()
	mark := filepath.Join(dir, "mark")
	text := "X := $(shell touch " + mark + "; id -u >&2)\n" + all + ":\n"
	if err := Validate(t.Context(), writeFile(t, dir, "Makefile", text)); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(mark); err == nil && os.Geteuid() == 0 {
		t.Error("reading the Makefile wrote into a directory of root")
	}
}

func TestTargets(t *testing.T) {
	got := targets([]byte("x := a:b\n# Files\n\n# Not a target:\na:\n\nb:\n#  Phony target (prerequisite of .PHONY).\n\nc: d e\n\n\td:\n"))
	want := map[string]target{"b": {phony: true}, "c": {}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(target{})); diff != "" {
		t.Error(diff)
	}
}

func TestRefusesWhatOthersMayWrite(t *testing.T) {
	dir := t.TempDir()
	path := writeFile(t, dir, "Makefile", all+":\n")
	a, err := New(&process.Host{RunDir: t.TempDir()}, "web", path, "")
	if err != nil {
		t.Fatal(err)
	}
	os.Chmod(path, 0o666)
	if err := Validate(t.Context(), path); err == nil {
		t.Error("a Makefile writable by everybody was taken")
	}
	if res := a.Call(t.Context(), agenttest.Request(service.Start)); res.Outcome != service.CannotRun {
		t.Errorf("a Makefile writable by everybody was run: %+v", res)
	}
}

// TestIncludeOfRootOnly: make, as nobody, takes it for missing. The error says why.
func TestIncludeOfRootOnly(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root reads as somebody else")
	}
	dir := t.TempDir()
	os.Chmod(filepath.Dir(dir), 0o755)
	if err := os.Mkdir(dir+"/closed", 0o700); err != nil {
		t.Fatal(err)
	}
	os.Chmod(writeFile(t, dir, "more.mk", all+":\n"), 0o600)
	writeFile(t, dir+"/closed", "more.mk", all+":\n")
	for include, file := range map[string]string{
		"more.mk": dir + "/more.mk", dir + "/more.mk": dir + "/more.mk", "closed/more.mk": dir + "/closed/more.mk",
	} {
		err := Validate(t.Context(), writeFile(t, dir, "Makefile", "include "+include+"\n"))
		if err == nil || !strings.Contains(err.Error(), "as user nobody, who cannot read "+file+" (chmod o+r "+file) {
			t.Errorf("%s: %v", include, err)
		}
	}
}

// withRecipe makes an agent with the text as recipe of every target.
func withRecipe(t *testing.T, host *process.Host, recipe string) agent.Agent {
	t.Helper()
	text := ".PHONY: " + all + "\n" + all + ":\n\t" + strings.ReplaceAll(strings.TrimSpace(recipe), "\n", "\n\t") + "\n"
	text = ".ONESHELL:\n" + text
	path := writeFile(t, t.TempDir(), "Makefile", text)
	if err := Validate(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	a, err := New(host, "web", path, "")
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestConformance(t *testing.T) {
	agenttest.Run(t, agenttest.Kind{Recall: false, New: func(t *testing.T, host *process.Host, script string) agent.Agent {
		return withRecipe(t, host, "@"+strings.ReplaceAll(script, "$", "$$"))
	}})
}
