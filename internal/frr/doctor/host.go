package doctor

import (
	"context"
	"encoding/hex"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// apiPort is where ospfd listens with `-a` (OSPF API).
const apiPort = 2607

// Host is what the kernel and systemd say.
type Host struct {
	Listens    []netip.Addr      // local addresses on which the API port is open
	Clients    int               // connections to the API port
	Filtered   bool              // a rule of nftables drops packets to the API port
	RPFilter   map[string]string // by interface, the effective value: 0, 1 (strict), 2 (loose)
	Units      map[string]string // by name, as `systemctl is-enabled` calls it
	Forwarding string            // net.ipv4.ip_forward
}

const procNet = "/proc/thread-self/net/"

func readHost(ctx context.Context, e Expect, unread map[string]error) Host {
	h := Host{RPFilter: map[string]string{}, Units: map[string]string{}}
	for _, file := range []string{"tcp", "tcp6"} {
		text, err := os.ReadFile(procNet + file)
		if err != nil {
			unread[procNet+file] = err
			continue
		}
		listens, clients := parseSockets(string(text))
		h.Listens = append(h.Listens, listens...)
		h.Clients += clients
	}
	if out, err := exec.CommandContext(ctx, "nft", "list", "ruleset").Output(); err == nil {
		h.Filtered = filtered(string(out))
	} else {
		unread["nft list ruleset"] = err
	}
	readRPFilter(h.RPFilter, unread)
	readUnits(ctx, e.Units, h.Units, unread)
	return h
}

// parseSockets reads the kernel's table of TCP sockets (proc(5), /proc/net/tcp).
func parseSockets(text string) (listens []netip.Addr, clients int) {
	const established, listen = "01", "0A"
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) < 4 {
			continue
		}
		host, port, _ := strings.Cut(f[1], ":")
		if port != fmt.Sprintf("%04X", apiPort) {
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

func readRPFilter(values map[string]string, unread map[string]error) {
	files, err := filepath.Glob("/proc/sys/net/ipv4/conf/*/rp_filter")
	if err != nil || len(files) == 0 {
		unread["rp_filter"] = fmt.Errorf("read /proc/sys/net/ipv4/conf: no files")
		return
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			unread[file] = err
			continue
		}
		values[filepath.Base(filepath.Dir(file))] = strings.TrimSpace(string(text))
	}
	for name, v := range values {
		if name != "all" && name != "default" {
			values[name] = max(v, values["all"]) // the kernel takes the larger one
		}
	}
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
