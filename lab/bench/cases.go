package bench

import (
	"context"
	"fmt"
	"net/netip"
	"syscall"
	"time"

	"srr/lab/echo"
	"srr/lab/trial"
)

// setup is what a case needs to be running.
type setup uint8

const (
	mainCluster setup = iota
	hundred
	thousand
	thousandSigned
	floor      // without any daemon
	keepalived // without srrd
	pacemaker  // without srrd
)

// testCase is one way to lose a service.
type testCase struct {
	name  string
	about string
	setup setup
	// prepare makes one trial.
	prepare func(ctx context.Context, e *env) (trial.Trial, error)
	// repair undoes the fault. The environment is settled afterwards.
	repair func(ctx context.Context, e *env) error
}

var cases = []testCase{
	{"planned-move", "operator moves the service", mainCluster, plannedMove, nil},
	{"service-crash", "kill -9 of the service's process", mainCluster, serviceCrash, nil},
	{"power-off", "its node loses power; links stay up", mainCluster, powerOff("vip"), powerOnAgain},
	{"link-down", "one of two links of its node", mainCluster, linkDown, linkUp},
	{"router-off", "the router that the client uses loses power", mainCluster, routerOff, routersOn},
	{"ospfd-crash", "kill -9 of ospfd on its node", mainCluster, ospfdCrash, ospfdStart},
	{"srrd-kill", "kill -9 of srrd, started again after 0.1 s", mainCluster, srrdKill, nil},
	{"srrd-kill-no-restart", "kill -9 of srrd, not started again", mainCluster, srrdEnd(syscall.SIGKILL), srrdStart},
	{"srrd-freeze", "srrd stops running, not started again", mainCluster, srrdEnd(syscall.SIGSTOP), srrdStart},
	{"power-off-100", "its node loses power, with 100 addresses", hundred, powerOffMany(100), powerOn},
	{"power-off-1000", "its node loses power, with 1,000 addresses", thousand, powerOffMany(1000), powerOn},
	{"srrd-kill-1000", "kill -9 of srrd, started again, on a node with 1,000 addresses", thousand, srrdKillMany, nil},
	{"power-off-1000-signed", "the same with signatures: require", thousandSigned, powerOffMany(1000), powerOn},
	{"floor-power-off", "the same without any daemon: detection and routing alone", floor, nil, nil},
	{"floor-power-off-100", "the same with 100 addresses", floor, nil, nil},
	{"floor-power-off-1000", "the same with 1,000 addresses", floor, nil, nil},
	{"keepalived-power-off", "the same with keepalived, on one LAN", keepalived, nil, nil},
	{"pacemaker-power-off", "the same with Pacemaker, on one LAN", pacemaker, nil, nil},
}

func plannedMove(ctx context.Context, e *env) (trial.Trial, error) {
	from, err := e.holder(ctx, "vip")
	if err != nil {
		return trial.Trial{}, err
	}
	e.awaitHold()
	to := other(from)
	return trial.Trial{
		ICMP:   []netip.Addr{vip},
		Fault:  func(ctx context.Context) error { return e.cluster.Move(ctx, "vip", to) },
		Done:   func(ctx context.Context) error { return e.cluster.WaitOn(ctx, "vip", to) },
		Window: 500 * time.Millisecond,
	}, nil
}

func serviceCrash(ctx context.Context, e *env) (trial.Trial, error) {
	host, err := e.holder(ctx, "echo")
	if err != nil {
		return trial.Trial{}, err
	}
	time.Sleep(1500 * time.Millisecond) // restarts are counted over 1 s
	return trial.Trial{
		UDP: netip.AddrPortFrom(web, echo.UDPPort), HTTP: netip.AddrPortFrom(web, echo.HTTPPort),
		Fault:  func(context.Context) error { return e.signalEcho(host, syscall.SIGKILL) },
		Window: time.Second,
	}, nil
}

func powerOff(service string) func(ctx context.Context, e *env) (trial.Trial, error) {
	return func(ctx context.Context, e *env) (trial.Trial, error) {
		host, err := e.holder(ctx, service)
		if err != nil {
			return trial.Trial{}, err
		}
		if err := e.bring(ctx, "echo", host); err != nil {
			return trial.Trial{}, err
		}
		if e.declared, err = awaitDeclaration(ctx, e.lab, other(host), host); err != nil {
			return trial.Trial{}, err
		}
		return trial.Trial{
			ICMP: []netip.Addr{vip}, HTTP: netip.AddrPortFrom(web, echo.HTTPPort),
			Fault: func(context.Context) error { return e.lab.PowerOff(host) },
			Done:  func(ctx context.Context) error { return e.cluster.WaitOn(ctx, service, other(host)) },
			Known: e.declared.at,
		}, nil
	}
}

func powerOnAgain(ctx context.Context, e *env) error {
	e.declared.close()
	e.declared = nil
	return powerOn(ctx, e)
}

// awaitHold lets the hold after a withdrawal pass, which nothing shows from
// outside. Only with FRR's default timers there is one.
func (e *env) awaitHold() {
	if e.lab.Timers().Default {
		time.Sleep(1500 * time.Millisecond)
	}
}

// bring moves a service to a host if it is not there.
func (e *env) bring(ctx context.Context, service, host string) error {
	at, err := e.holder(ctx, service)
	if err != nil || at == host {
		return err
	}
	if err := e.cluster.MoveAndWait(ctx, service, service, host); err != nil {
		return err
	}
	e.awaitHold()
	return e.settle(ctx)
}

func powerOn(_ context.Context, e *env) error {
	for _, n := range e.lab.Topology().Nodes {
		if e.lab.Off(n.Name) {
			if err := e.lab.PowerOn(n.Name); err != nil {
				return err
			}
		}
	}
	return nil
}

// lingering is how long ospfd goes through the LSAs of the last trial, which are
// being flushed, for each new one.
const lingering = 70 * time.Second

func powerOffMany(n int) func(ctx context.Context, e *env) (trial.Trial, error) {
	return func(ctx context.Context, e *env) (trial.Trial, error) {
		if n >= 1000 {
			if err := wait(ctx, lingering); err != nil {
				return trial.Trial{}, err
			}
		}
		// All are on one host: the survivor of the last trial, or the one with
		// the higher router ID.
		host, err := e.holder(ctx, "vip0")
		if err != nil {
			return trial.Trial{}, err
		}
		return trial.Trial{
			ICMP:  manyAddresses(n),
			Fault: func(context.Context) error { return e.lab.PowerOff(host) },
			// Asking srrd for 1,000 services again and again would slow it down.
			Window: time.Second,
		}, nil
	}
}

// usedLink is the link of n1 over which the client reaches dual now.
func usedLink(e *env) (string, error) {
	for _, link := range []string{"eth0", "eth1"} {
		n, err := e.lab.Topology().Node("n1")
		if err != nil {
			return "", err
		}
		l, err := n.Link(link)
		if err != nil {
			return "", err
		}
		via, err := e.lab.NextHop("r1", dual, e.lab.Topology().Client().Links[0].Addr.Addr(), "client")
		if err != nil {
			return "", err
		}
		if via == l.Addr.Addr() {
			return link, nil
		}
	}
	return "", fmt.Errorf("find link of n1 in use: r1 uses none")
}

// undamped is how long after one change of the topology srrd has announced its
// addresses anew so seldom that it does so after the next.
const undamped = 12 * time.Second

func linkDown(ctx context.Context, e *env) (trial.Trial, error) {
	if err := wait(ctx, undamped); err != nil {
		return trial.Trial{}, err
	}
	// n1 is preferred, but displaces nobody before it has been back for 5 s.
	if err := e.cluster.WaitOn(ctx, "dual", "n1"); err != nil {
		return trial.Trial{}, err
	}
	link, err := usedLink(e)
	if err != nil {
		return trial.Trial{}, err
	}
	return trial.Trial{
		ICMP:   []netip.Addr{dual},
		Fault:  func(context.Context) error { return e.lab.SetLink("n1", link, false) },
		Window: 2*time.Second + e.lab.Timers().Detect,
	}, nil
}

// linkUp waits until r1 and r2 are neighbors again on both links, and n2 on one.
func linkUp(ctx context.Context, e *env) error {
	for _, link := range []string{"eth0", "eth1"} {
		if err := e.lab.SetLink("n1", link, true); err != nil {
			return err
		}
	}
	return e.lab.WaitNeighbors(ctx, "n1", 5)
}

func routerOff(ctx context.Context, e *env) (trial.Trial, error) {
	if err := wait(ctx, undamped); err != nil {
		return trial.Trial{}, err
	}
	return trial.Trial{
		ICMP:   []netip.Addr{vip},
		Fault:  func(context.Context) error { return e.lab.PowerOff("r1") },
		Window: 2*time.Second + e.lab.Timers().Detect,
	}, nil
}

// routersOn boots r1, and r2 after it, so that r1 is the designated router
// again.
func routersOn(ctx context.Context, e *env) error {
	if err := e.lab.PowerOn("r1"); err != nil {
		return err
	}
	if err := e.lab.WaitReady(ctx); err != nil {
		return err
	}
	if err := e.lab.PowerOff("r2"); err != nil {
		return err
	}
	if err := e.lab.WaitReady(ctx); err != nil {
		return err
	}
	time.Sleep(e.lab.Timers().Detect)
	return e.lab.PowerOn("r2")
}

func ospfdCrash(ctx context.Context, e *env) (trial.Trial, error) {
	host, err := e.holder(ctx, "vip")
	if err != nil {
		return trial.Trial{}, err
	}
	return trial.Trial{
		ICMP:  []netip.Addr{vip},
		Fault: func(context.Context) error { return e.lab.Signal(host, "ospfd", syscall.SIGKILL) },
		Done:  func(ctx context.Context) error { return e.cluster.WaitOn(ctx, "vip", other(host)) },
	}, nil
}

func ospfdStart(_ context.Context, e *env) error {
	for _, host := range []string{"n2", "n3"} {
		if _, runs := e.lab.Running(host, "ospfd"); !runs {
			if err := e.lab.Restart(host, "ospfd"); err != nil {
				return err
			}
		}
	}
	return nil
}

func srrdKill(ctx context.Context, e *env) (trial.Trial, error) {
	host, err := e.holder(ctx, "vip")
	if err != nil {
		return trial.Trial{}, err
	}
	return trial.Trial{
		ICMP:   []netip.Addr{vip},
		Fault:  func(context.Context) error { return e.lab.Signal(host, "srrd", syscall.SIGKILL) },
		Window: 8 * time.Second, // more than the lifetime of the address
	}, nil
}

func srrdKillMany(ctx context.Context, e *env) (trial.Trial, error) {
	host, err := e.holder(ctx, "vip0")
	if err != nil {
		return trial.Trial{}, err
	}
	return trial.Trial{
		ICMP:   manyAddresses(1000),
		Fault:  func(context.Context) error { return e.lab.Signal(host, "srrd", syscall.SIGKILL) },
		Window: 8 * time.Second,
	}, nil
}

// srrdEnd ends or freezes srrd, which nobody starts again.
// unwatched is how long after its own start srrd takes a silent one for one that was
// detached (decision 119).
const unwatched = 7 * time.Second

func srrdEnd(sig syscall.Signal) func(ctx context.Context, e *env) (trial.Trial, error) {
	return func(ctx context.Context, e *env) (trial.Trial, error) {
		if err := wait(ctx, unwatched); err != nil {
			return trial.Trial{}, err
		}
		host, err := e.holder(ctx, "vip")
		if err != nil {
			return trial.Trial{}, err
		}
		if err := e.lab.Signal(host, "supervisor", syscall.SIGKILL); err != nil {
			return trial.Trial{}, err
		}
		return trial.Trial{
			ICMP:  []netip.Addr{vip},
			Fault: func(context.Context) error { return e.lab.Signal(host, "srrd", sig) },
			Done:  func(ctx context.Context) error { return e.cluster.WaitOn(ctx, "vip", other(host)) },
		}, nil
	}
}

func srrdStart(_ context.Context, e *env) error {
	for _, host := range []string{"n2", "n3"} {
		if _, runs := e.lab.DaemonProcess(host); !runs {
			if err := e.lab.Restart(host, "srrd"); err != nil {
				return err
			}
		}
	}
	return nil
}
