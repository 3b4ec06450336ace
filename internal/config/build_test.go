package config

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"srr/internal/service"
)

// TestReleaseAndDeadAfter: what is a resource, or depends on one, is free only
// when its stop was verified, and never by itself.
func TestReleaseAndDeadAfter(t *testing.T) {
	inDir(t, head+`groups: {g: {}}
services:
  disk: {group: g, unit: disk.mount}
  lock: {group: g, unit: lock.service, dead-after: 1m}
  data: {group: g, addresses: [10.1.0.1], depends-on: [disk]}
  web: {group: g, addresses: [10.1.0.2], depends-on: [data]}
  dns: {group: g, addresses: [10.1.0.3]}
  mail: {addresses: [10.1.0.4], release: verified}
  news: {addresses: [10.1.0.5], dead-after: 0, on-medium-loss: {keep: 10s}}
`)
	type result struct {
		Release   service.Release
		DeadAfter time.Duration
		Keep      time.Duration
	}
	want := map[string]result{
		"disk": {service.ReleaseVerified, 0, 0},
		"lock": {service.ReleaseVerified, time.Minute, 0},
		"data": {service.ReleaseVerified, 0, 0},
		"web":  {service.ReleaseVerified, 0, 0},
		"dns":  {service.ReleaseAddress, 7 * time.Second, 0},
		"mail": {service.ReleaseVerified, 0, 0},
		"news": {service.ReleaseAddress, 0, 10 * time.Second},
	}
	got := map[string]result{}
	for _, s := range mustLoad(t).Services {
		got[s.Name] = result{s.Release, s.DeadAfter, s.OnMediumLoss}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestEveryKeyArrives sets what the other tests leave at its default.
func TestEveryKeyArrives(t *testing.T) {
	inDir(t, `cluster: shop
node: {name: n1, router-id: 10.0.0.1, parallel-starts: 3, leave-grace: 6s, detach-for: 2m}
medium: {ospf-api: "127.0.0.2:2608", opaque-type: 223, api-filter: none, signatures: require}
routing: {frr: {vty: /run/frr/x, min-arrival: 0s}}
paths: {state: /a, run: /b, pki: /c, cgroup: lab/n1}
access: {viewers: ["email:a@b"], operators: ["dns:d"], administrators: ["subject:CN=e"]}
join: {alone-after: 30s, when-cut-off: start}
groups: {g: {preference: 7, priority: 8}}
services:
  web:
    group: g
    addresses: [10.1.0.2, 10.1.0.1]
    critical: false
    exec: /e
    pid-file: /p
    primitives: [start, stop, check]
    check: {interval: 1s, timeout: 2s, fall: 3, rise: 4, unknown-timeout: 5s}
    timeouts: {activate: 1s, deactivate: 2s, start: 3s, stop: 4s, reload: 5s, restart: 6s, join: 7s, leave: 8s, failed: 9s, status: 10s}
    restarts: {max: 1, within: 2m}
    failure-timeout: 3m
    failure-timeout-max: 4m
    on-medium-loss: {keep: 5s}
    release: address
    dead-after: 8s
    activate: manual
    scope: {area: 0.0.0.1}
    exclusion: convergent
`)
	c := mustLoad(t)
	s := c.Services[0]
	spec := service.Spec{
		Name: "web", Addresses: s.Addresses, Group: "g", Preference: 7, Priority: 8,
		Scope: service.Scope{Kind: service.ScopeArea, Area: 1}, Activation: service.ActivateManual,
		HasCheck: true, CheckInterval: time.Second, UnknownTimeout: 5 * time.Second,
		Restarts: 1, RestartWindow: 2 * time.Minute, FailureTimeout: 3 * time.Minute, FailureMax: 4 * time.Minute,
		OnMediumLoss: 5 * time.Second, DeadAfter: 8 * time.Second, Digest: s.Digest,
	}
	for _, p := range []service.Primitive{service.Start, service.Stop, service.Check} {
		spec.Primitives[p] = true
	}
	for i, p := range []service.Primitive{
		service.Activate, service.Deactivate, service.Start, service.Stop, service.Reload,
		service.Restart, service.Join, service.Leave, service.Failed, service.Status,
	} {
		spec.Timeout[p] = time.Duration(i+1) * time.Second
	}
	spec.Timeout[service.Check] = 2 * time.Second
	if diff := cmp.Diff(spec, s.Spec, cmp.Comparer(func(a, b addr) bool { return a == b })); diff != "" {
		t.Error(diff)
	}
	if list(s.Addresses) != "10.1.0.1, 10.1.0.2" || s.Check.Fall != 3 || s.Check.Rise != 4 || s.Agent.PIDFile != "/p" {
		t.Errorf("%+v", s)
	}
	want := "shop n1 10.0.0.1 {127.0.0.2:2608 223 false 2} {/run/frr/x 0s} {/a /b /c lab/n1} [{email a@b viewer} {dns d operator} {subject CN=e administrator}] {30s true} 3 6s 2m0s"
	if got := nodeText(c); got != want {
		t.Errorf("node: %s, want %s", got, want)
	}
}

func nodeText(c *Config) string {
	return fmt.Sprint(c.Cluster, " ", c.Name, " ", c.RouterID, " ", c.Medium, " ", c.Routing, " ", c.Paths, " ", c.Access, " ",
		c.Join, " ", c.ParallelStarts, " ", c.LeaveGrace, " ", c.DetachFor)
}
