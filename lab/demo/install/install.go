// Package install adds the packages of the distribution that the
// demonstration and the benchmarks need and that are missing.
package install

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
)

// file tells by which executable a package is known to be there.
var file = map[string]string{
	"frr": "/usr/lib/frr/ospfd", "nginx-light": "nginx", "iproute2": "ip", "nftables": "nft", "make": "make",
	"keepalived": "keepalived", "corosync": "corosync", "pacemaker": "pacemakerd", "resource-agents": "/usr/lib/ocf/resource.d/heartbeat/IPaddr2",
	"pacemaker-cli-utils": "crm_mon", "util-linux": "nsenter",
}

// policy keeps packages from starting daemons while they are installed, see
// invoke-rc.d(8).
const policy = "/usr/sbin/policy-rc.d"

// Packages installs those that are missing, and says so. What they bring is
// neither started nor, where systemd runs, enabled at boot.
func Packages(ctx context.Context, log io.Writer, packages ...string) error {
	var missing []string
	for _, p := range packages {
		if _, err := exec.LookPath(file[p]); err != nil {
			missing = append(missing, p)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	if _, err := exec.LookPath("apt-get"); err != nil {
		return fmt.Errorf("install packages: missing: %s; install them with this system's tools", strings.Join(missing, " "))
	}
	fmt.Fprintf(log, "Installing missing packages: apt-get install %s\n", strings.Join(missing, " "))
	done, err := holdDaemons()
	if err != nil {
		return err
	}
	defer done()
	args := append([]string{"install", "-y", "-q", "--no-install-recommends"}, missing...)
	if err := aptGet(ctx, args...); err != nil {
		// The lists may be old, or not there yet.
		if err := aptGet(ctx, "update", "-q"); err != nil {
			return err
		}
		if err := aptGet(ctx, args...); err != nil {
			return err
		}
	}
	disable(ctx, log, missing)
	return nil
}

// aptGet runs apt-get to its end: whoever ends it in the middle has to tidy up
// after dpkg by hand.
func aptGet(ctx context.Context, args ...string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	cmd := exec.Command("apt-get", args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C is for us
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("run apt-get %s: %w\n%s", strings.Join(args, " "), err, out)
	}
	return nil
}

// ours is what our policy begins with. It holds only while its process lives:
// what a killed one has left keeps no daemon from starting.
const ours = "#!/bin/sh\n# Made by srr-lab while it installs packages; may be removed when it does not run.\n"

// holdDaemons makes a policy that starts nothing, unless the machine has one.
func holdDaemons() (done func(), err error) {
	if b, err := os.ReadFile(policy); err == nil && strings.HasPrefix(string(b), ours) {
		_ = os.Remove(policy)
	}
	f, err := os.OpenFile(policy, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o755)
	if errors.Is(err, os.ErrExist) {
		return func() {}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("keep packages from starting daemons: %w", err)
	}
	_, err = fmt.Fprintf(f, "%s[ ! -e /proc/%d ] || exit 101\n", ours, os.Getpid())
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("keep packages from starting daemons: %w", err)
	}
	return func() { _ = os.Remove(policy) }, nil
}

// disable keeps the units that came with the packages from starting at boot.
func disable(ctx context.Context, log io.Writer, packages []string) {
	if _, err := os.Stat("/run/systemd/system"); err != nil {
		return
	}
	for _, p := range packages {
		unit := strings.TrimSuffix(p, "-light") + ".service"
		if exec.CommandContext(ctx, "systemctl", "disable", "-q", unit).Run() == nil {
			fmt.Fprintf(log, "Installed %s; its unit %s is not enabled at boot\n", p, unit)
		}
	}
}
