//go:build lab

package lab

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"
)

// ownerEnv makes the test binary build a lab of that prefix and wait.
const ownerEnv = "SRR_LAB_TEST_OWNER"

// ownLab is the owner that TestCleanUp kills.
func ownLab(prefix string) {
	fmt.Println("building")
	l, err := Up(context.Background(), Options{Prefix: prefix, Topology: "two", Timers: "hello"})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	_ = l
	fmt.Println("up")
	select {}
}

// TestCleanUp kills the owner of a lab with -9, in the middle of the building
// and afterwards, and looks for anything left.
func TestCleanUp(t *testing.T) {
	for _, c := range []struct {
		name  string
		line  string        // after which line of the owner's
		after time.Duration // and how much later it dies
	}{{"early", "building", 50 * time.Millisecond}, {"middle", "building", 400 * time.Millisecond}, {"up", "up", 0}} {
		t.Run(c.name, func(t *testing.T) {
			prefix := "srlk" + c.name
			cmd := exec.Command(os.Args[0])
			cmd.Env = append(os.Environ(), ownerEnv+"="+prefix)
			out, err := cmd.StdoutPipe()
			must(t, err)
			must(t, cmd.Start())
			lines := bufio.NewScanner(out)
			for lines.Scan() && lines.Text() != c.line {
			}
			time.Sleep(c.after)
			must(t, cmd.Process.Kill())
			_ = cmd.Wait()
			must(t, CleanUp())
			for _, left := range Left(prefix) {
				t.Errorf("left: %s", left)
			}
		})
	}
}

func TestCloseLeavesNothing(t *testing.T) {
	l, err := Up(t.Context(), Options{Prefix: "srlclose", Topology: "two", Timers: "hello"})
	must(t, err)
	if _, err := Up(t.Context(), Options{Prefix: "srlclose", Topology: "two", Timers: "hello"}); err == nil {
		t.Error("two labs of one prefix are up")
	}
	must(t, l.Close())
	for _, left := range Left("srlclose") {
		t.Errorf("left: %s", left)
	}
	must(t, l.Close())
}
