package cgroup

import (
	"os"
	"testing"
)

func TestUnescape(t *testing.T) {
	if got := unescape(`/a\040b\134c`); got != `/a b\c` {
		t.Errorf("got %q", got)
	}
}

func TestMissingGroupIsEmpty(t *testing.T) {
	g := &Group{root: &Root{}, dir: t.TempDir() + "/none"}
	if !g.Empty() || len(g.Processes()) != 0 || !g.Kill(t.Context()) {
		t.Error("a cgroup that does not exist must be empty")
	}
}

func TestUnreadableGroupIsNotEmpty(t *testing.T) {
	dir := t.TempDir() + "/cgroup.events"
	if (&Group{dir: dir}).Empty() != true {
		t.Error("no such directory: empty")
	}
	// A directory in place of the file can be opened, not read.
	g := &Group{dir: t.TempDir()}
	if err := os.Mkdir(g.dir+"/cgroup.events", 0o755); err != nil {
		t.Fatal(err)
	}
	if g.Empty() {
		t.Error("what cannot be read must not count as empty")
	}
}
