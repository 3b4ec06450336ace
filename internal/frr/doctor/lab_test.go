//go:build lab

package doctor

import (
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/vishvananda/netns"

	"srr/internal/frr/frrpair"
	"srr/internal/frr/vty"
)

const bfdConf = "bfd\n profile b\n  detect-multiplier 3\n  receive-interval 50\n  transmit-interval 50\n exit\nexit\n"

func conf(id string, tuned bool) frrpair.Conf {
	if !tuned {
		return frrpair.Conf{OSPFd: "interface eth0\n ip ospf area 0\nexit\nrouter ospf\n ospf router-id " + id + "\nexit\n"}
	}
	priority := map[bool]string{true: "0", false: "255"}[id == "10.0.0.1"]
	return frrpair.Conf{
		Zebra: "zebra work-queue 0\n", BFDd: bfdConf,
		OSPFd: "interface eth0\n ip ospf area 0\n ip ospf priority " + priority + "\n ip ospf dead-interval minimal hello-multiplier 10\n" +
			" ip ospf retransmit-interval 1\n ip ospf bfd\n ip ospf bfd profile b\nexit\nrouter ospf\n ospf router-id " + id +
			"\n capability opaque\n timers throttle spf 0 50 1000\n timers throttle lsa all 0\n timers lsa min-arrival 0\nexit\n",
	}
}

// enter moves the test into the node's network namespace.
func enter(t *testing.T, n *frrpair.Node) {
	t.Helper()
	runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
	h, err := netns.GetFromName(n.NS)
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	if err := netns.Set(h); err != nil {
		t.Fatal(err)
	}
}

func TestLabTuned(t *testing.T) {
	n, _ := frrpair.Pair(t, "shr", conf("10.0.0.1", true), conf("10.0.0.2", true))
	enter(t, n)
	e := Expect{RouterID: 0x0a000001, Services: []netip.Addr{netip.MustParseAddr("10.71.100.1")}}
	frrpair.Eventually(t, 60*time.Second, "a Full neighbor and its BFD session", func() bool {
		f := Read(t.Context(), n.VTY, e)
		return len(f.Neighbors) == 1 && strings.HasPrefix(f.Neighbors[0].State, "Full") && len(f.Sessions) == 1 && f.Sessions[0].DetectMS() == 150
	})
	capture(t, n, "tuned")
	for name, v := range map[string]string{"arp_ignore": "1", "arp_announce": "2"} {
		if err := os.WriteFile("/proc/sys/net/ipv4/conf/eth0/"+name, []byte(v), 0); err != nil {
			t.Fatal(err)
		}
	}
	r := Check(Read(t.Context(), n.VTY, e), e)
	for _, f := range r.Findings {
		if f.Level != OK && f.Name != "ospf-api-exposed" && f.Name != "oom-score" {
			t.Errorf("%+v", f)
		}
	}
	scored := map[string]bool{}
	for _, f := range memoryChecks(Read(t.Context(), n.VTY, e), e) {
		scored[f.On] = true
	}
	if len(scored) != 4 || !scored["ospfd"] || !scored["bfdd"] {
		t.Errorf("the scores of %v, want those of the daemons in this namespace and of this process", scored)
	}
}

func TestLabDefault(t *testing.T) {
	n, _ := frrpair.Pair(t, "shr", conf("10.0.0.1", false), conf("10.0.0.2", false))
	enter(t, n)
	e := Expect{RouterID: 0x0a000009, Services: []netip.Addr{netip.MustParseAddr("10.71.1.77")}, MinArrival: time.Second}
	capture(t, n, "default")
	r := Check(Read(t.Context(), n.VTY, e), e)
	got := map[string]Finding{}
	for _, f := range r.Findings {
		got[f.Name] = f
	}
	for name, level := range map[string]Level{
		"router-id": Fail, "spf-throttle": Warn, "lsa-min-arrival": Warn, "lsa-throttle": Warn, "hello-dead": Warn, "retransmit-interval": Warn,
		"dr-priority": Warn, "bfd": Warn, "zebra-work-queue": Warn, "ospf-api": OK, "ospf-api-exposed": Warn, "service-address": Warn, "opaque-capability": Fail,
		"arp-ignore": Warn, "arp-announce": Warn, "oom-score": Warn, "graceful-restart": OK,
	} {
		if got[name].Level != level {
			t.Errorf("%s: %+v, want %s", name, got[name], level)
		}
	}
	follow(t, n, r)
}

// follow types the lines of the findings and looks again: they must help.
func follow(t *testing.T, n *frrpair.Node, r Report) {
	t.Helper()
	daemon := map[string]string{"zebra-work-queue": vty.Zebra}
	for _, f := range r.Findings {
		switch f.Name {
		case "spf-throttle", "lsa-min-arrival", "lsa-throttle", "hello-dead", "retransmit-interval", "dr-priority", "zebra-work-queue":
			to := daemon[f.Name]
			if to == "" {
				to = vty.OSPFd
			}
			if err := n.VTY.Configure(t.Context(), to, f.Lines[1:len(f.Lines)-1]...); err != nil {
				t.Error(err)
			}
		}
	}
	for _, f := range Check(Read(t.Context(), n.VTY, Expect{}), Expect{}).Findings {
		switch f.Name {
		case "spf-throttle", "lsa-min-arrival", "lsa-throttle", "hello-dead", "retransmit-interval", "dr-priority", "zebra-work-queue":
			if f.Level != OK {
				t.Errorf("typed, but %+v", f)
			}
		}
	}
}

// capture renews testdata when it is asked to: one file per command.
func capture(t *testing.T, n *frrpair.Node, dir string) {
	if os.Getenv("SRR_CAPTURE") == "" {
		return
	}
	dir = filepath.Join("testdata", dir)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, c := range commands {
		out, err := n.VTY.Show(t.Context(), c[0], c[1])
		if err != nil {
			continue // no bfdd
		}
		if err := os.WriteFile(filepath.Join(dir, fileName(c[0], c[1])), out, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
