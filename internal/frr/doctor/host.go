package doctor

import (
	"context"
	"encoding/hex"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"slices"
	"strings"

	"srr/internal/frr/filter"
)

// apiPort is where ospfd listens with `-a` (OSPF API).
const apiPort = 2607

// Host is what the kernel and systemd say.
type Host struct {
	Listens    []netip.Addr      // local addresses on which the API port is open
	Clients    int               // connections to the API port
	Filtered   bool              // a rule of nftables drops packets to the API port
	OwnFilter  bool              // that of srrd
	RPFilter   map[string]string // by interface, the effective value: 0, 1 (strict), 2 (loose)
	ARP        map[string]ARP    // by interface
	Units      map[string]string // by name, as `systemctl is-enabled` calls it
	Scores     map[string]int    // oom_score_adj of srrd and of the routing daemons that run
	Forwarding string            // net.ipv4.ip_forward
}

const procNet = "/proc/thread-self/net/"

func readHost(ctx context.Context, e Expect, unread map[string]error) Host {
	h := Host{RPFilter: map[string]string{}, ARP: map[string]ARP{}, Units: map[string]string{}, Scores: map[string]int{}}
	for _, file := range []string{"tcp", "tcp6"} {
		text, err := os.ReadFile(procNet + file)
		if err != nil {
			unread[procNet+file] = err
			continue
		}
		listens, clients := parseSockets(string(text), apiPort)
		h.Listens = append(h.Listens, listens...)
		h.Clients += clients
	}
	if out, err := exec.CommandContext(ctx, "nft", "list", "ruleset").Output(); err == nil {
		h.Filtered, h.OwnFilter = filtered(string(out)), strings.Contains(string(out), "table "+filter.Table+" {")
	} else {
		unread["nft list ruleset"] = err
	}
	readSysctl("rp_filter", h.RPFilter, unread)
	readARP(h.ARP, unread)
	readScores(h.Scores, unread)
	readUnits(ctx, e.Units, h.Units, unread)
	return h
}

// parseSockets reads the kernel's table of TCP sockets (proc(5), /proc/net/tcp).
func parseSockets(text string, of uint16) (listens []netip.Addr, clients int) {
	const established, listen = "01", "0A"
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) < 4 {
			continue
		}
		host, port, _ := strings.Cut(f[1], ":")
		if port != fmt.Sprintf("%04X", of) {
			continue
		}
		switch f[3] {
		case established:
			clients++
		case listen:
			if a, ok := parseKernelAddr(host); ok {
				listens = append(listens, a)
			}
		}
	}
	return listens, clients
}

// parseKernelAddr reads an address printed as 32-bit words in host order; all
// that we build for is little-endian.
func parseKernelAddr(s string) (netip.Addr, bool) {
	b, err := hex.DecodeString(s)
	if err != nil || len(b)%4 != 0 {
		return netip.Addr{}, false
	}
	for i := 0; i < len(b); i += 4 {
		slices.Reverse(b[i : i+4])
	}
	return netip.AddrFromSlice(b)
}

// APIClosed reports whether the OSPF API is open on loopback addresses and
// nowhere else. It is not while nobody listens: that may change.
func APIClosed(port uint16) bool {
	var all []netip.Addr
	for _, file := range []string{"tcp", "tcp6"} {
		text, err := os.ReadFile(procNet + file)
		if err != nil {
			return false
		}
		listens, _ := parseSockets(string(text), port)
		all = append(all, listens...)
	}
	return len(all) > 0 && !slices.ContainsFunc(all, func(a netip.Addr) bool { return !a.Unmap().IsLoopback() })
}

// filtered looks for a rule that names the port and drops. A policy of drop
// that lets the port through nowhere counts as well.
func filtered(ruleset string) bool {
	policy, opened := false, false
	for line := range strings.Lines(ruleset) {
		drops := strings.Contains(line, "drop") || strings.Contains(line, "reject")
		if strings.Contains(line, fmt.Sprint(apiPort)) && drops {
			return true
		}
		if strings.Contains(line, "hook input") && strings.Contains(line, "policy drop") {
			policy = true
		}
		if strings.Contains(line, fmt.Sprint(apiPort)) && strings.Contains(line, "accept") {
			opened = true
		}
	}
	return policy && !opened
}

func readUnits(ctx context.Context, names []string, into map[string]string, unread map[string]error) {
	for _, name := range names {
		out, err := exec.CommandContext(ctx, "systemctl", "is-enabled", "--", name).Output()
		state := strings.TrimSpace(string(out))
		if state == "" && err != nil {
			unread["systemctl is-enabled "+name] = err
			continue
		}
		into[name] = state // a disabled unit makes systemctl fail, but it says so
	}
}
