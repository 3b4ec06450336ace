package bench

import (
	"context"
	"fmt"
	"strconv"
	"syscall"
	"time"

	"srr/lab"
	"srr/lab/cluster"
)

// restart is what systemd does with srrd's unit: it starts it again at once,
// after RestartSec=100ms.
const restart = 100 * time.Millisecond

// env is a lab with a cluster on it.
type env struct {
	lab     *lab.Lab
	cluster *cluster.Cluster
	srrd    string
	limit   time.Duration // for one trial

	declared *declaration // of the trial that runs; nil: it has none
}

// The services of the cluster that most cases use. Two hosts with one link
// each share vip and echo; dual is on n1, which has two links.
var (
	vip  = lab.ServiceAddr(0)
	web  = lab.ServiceAddr(1)
	dual = lab.ServiceAddr(2)
)

func (e *env) startMain() (err error) {
	pair := cluster.Equal("n2", "n3")
	e.cluster, err = cluster.Start(e.lab, cluster.Config{
		Binary: e.srrd, Restart: restart,
		Services: []cluster.Service{
			{Name: "vip", On: pair, Settings: []string{fmt.Sprintf("addresses: [%s]", vip)}},
			{Name: "echo", On: pair, Settings: []string{
				fmt.Sprintf("addresses: [%s]", web),
				fmt.Sprintf("run: [%q, %q]", e.lab.EchoProgram(), web),
				"restarts: {max: 100, within: 1s}",
			}},
			{Name: "dual", On: cluster.Preferences{"n1": 200, "n3": 100}, Settings: []string{fmt.Sprintf("addresses: [%s]", dual)}},
		},
	})
	return err
}

// startMany runs n services, which are addresses only, on two hosts.
func (e *env) startMany(c cluster.Config, n int) (err error) {
	c.Binary, c.Restart = e.srrd, restart
	for i := range n {
		c.Services = append(c.Services, cluster.Service{
			Name: "vip" + strconv.Itoa(i), On: cluster.Equal("n2", "n3"),
			Settings: []string{fmt.Sprintf("addresses: [%s]", lab.ServiceAddr(i))},
		})
	}
	e.cluster, err = cluster.Start(e.lab, c)
	return err
}

// settle waits until the network and the cluster are whole.
func (e *env) settle(ctx context.Context) error {
	if err := e.lab.WaitReady(ctx); err != nil {
		return err
	}
	return e.cluster.Settled(ctx)
}

// other is the host that takes over.
func other(host string) string {
	if host == "n2" {
		return "n3"
	}
	return "n2"
}

// holder finds who runs a service now.
func (e *env) holder(ctx context.Context, service string) (string, error) {
	host := e.cluster.Holder(ctx, service)
	if host == "" {
		return "", fmt.Errorf("find holder of %s: nobody runs it", service)
	}
	return host, nil
}

// signalEcho sends a signal to the echo server on a host.
func (e *env) signalEcho(host string, sig syscall.Signal) error {
	p, err := e.lab.FindProcess(host, e.lab.EchoProgram())
	if err != nil {
		return err
	}
	return p.Signal(sig)
}
