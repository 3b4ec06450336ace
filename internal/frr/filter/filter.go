// Package filter closes FRR's OSPF API to other hosts. ospfd of FRR 8.4 listens
// on every address and asks nobody who they are: whoever reaches the port can
// withdraw this node's records, flood others, or end ospfd.
//
// It is one table of nftables that nobody else writes to, by the program nft,
// which is run without a shell.
package filter

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

// Table is the table in nftables, of the network namespace of the caller.
const Table = "inet srr"

const (
	chain   = "ospf-api"
	timeout = 5 * time.Second
)

// programs are where nft may be: not where PATH of who started us says.
var programs = []string{"/usr/sbin/nft", "/sbin/nft", "/usr/bin/nft", "/usr/local/sbin/nft"}

// ErrNoProgram: nftables is not installed.
var ErrNoProgram = errors.New("the program nft is missing: apt-get install nftables")

// script replaces the table in one transaction, whatever a predecessor left.
// A verdict of drop is final: no later chain lets the packet in again. What comes
// from this host comes in through lo, whatever the address.
func script(port uint16) string {
	return fmt.Sprintf(`add table %[1]s
delete table %[1]s
table %[1]s {
	chain %[2]s {
		type filter hook input priority -350; policy accept;
		iifname != "lo" tcp dport %[3]d counter drop
	}
}
`, Table, chain, port)
}

// Install closes the port, and replaces what is there of an earlier Install.
func Install(ctx context.Context, port uint16) error {
	if _, err := nft(ctx, script(port), "-f", "-"); err != nil {
		return fmt.Errorf("close the OSPF API by nftables: %w", err)
	}
	return nil
}

// Installed reports whether the port is closed by Install. Other programs may
// flush all rules.
func Installed(ctx context.Context, port uint16) (bool, error) {
	out, err := nft(ctx, "", append([]string{"list", "chain"}, append(strings.Fields(Table), chain)...)...)
	if errors.Is(err, errNone) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look for the rule that closes the OSPF API: %w", err)
	}
	return strings.Contains(out, "hook input") &&
		strings.Contains(out, fmt.Sprintf(`iifname != "lo" tcp dport %d counter`, port)) && strings.Contains(out, "drop"), nil
}

// Remove opens the port. It is no error if it is open.
func Remove(ctx context.Context) error {
	_, err := nft(ctx, "", append([]string{"delete", "table"}, strings.Fields(Table)...)...)
	if err != nil && !errors.Is(err, errNone) && !errors.Is(err, ErrNoProgram) {
		return fmt.Errorf("remove the rule that closes the OSPF API: %w", err)
	}
	return nil
}

// errNone: there is no such table or chain.
var errNone = errors.New("no such table")

func nft(ctx context.Context, in string, args ...string) (string, error) {
	program := ""
	for _, p := range programs {
		if info, err := os.Stat(p); err == nil && info.Mode().IsRegular() {
			program = p
			break
		}
	}
	if program == "" {
		return "", ErrNoProgram
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = []string{"LC_ALL=C", "PATH=/usr/sbin:/usr/bin:/sbin:/bin"}
	cmd.Stdin = strings.NewReader(in)
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	cmd.WaitDelay = time.Second
	if err := cmd.Run(); err != nil {
		said, _, _ := strings.Cut(strings.TrimSpace(errOut.String()), "\n")
		if strings.Contains(said, "No such file or directory") {
			return "", errNone
		}
		return "", fmt.Errorf("%s: %w: %s", program, err, said)
	}
	return out.String(), nil
}
