package demo

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"srr/lab"
	"srr/lab/cluster"
)

// The group of the demonstration: a resource, nginx, which needs it, and
// statistics, which may be missing.
const (
	group   = "shop"
	disk    = "disk"
	web     = "web"
	stats   = "stats"
	nginx   = "/usr/sbin/nginx"
	restart = 100 * time.Millisecond // RestartSec of srrd's unit
)

// webAddr is what the client asks, statsAddr that of the statistics.
var (
	webAddr   = lab.ServiceAddr(0)
	statsAddr = lab.ServiceAddr(1)
)

// diskMakefile are the primitives of the resource: a directory that is there
// while it runs.
const diskMakefile = `# The primitives of the resource: a directory that is there while it runs.
.PHONY: activate deactivate start stop reload restart join leave failed status check
start:
	@mkdir -p /run/disk
stop:
	@rm -rf /run/disk
restart: stop start
check:
	@test -d /run/disk
status:
	@ls -ld /run/disk
activate deactivate reload join leave failed:
	@true
`

// nginxConfig answers with the name of the host, and keeps all files in the
// node's own /run.
const nginxConfig = `daemon off;
worker_processes 1;
pid /run/nginx.pid;
error_log /run/nginx.log;
events { worker_connections 256; }
http {
  access_log off;
  client_body_temp_path /run/nginx-body;
  proxy_temp_path /run/nginx-proxy;
  fastcgi_temp_path /run/nginx-fastcgi;
  uwsgi_temp_path /run/nginx-uwsgi;
  scgi_temp_path /run/nginx-scgi;
  server {
    listen %s:80;
    location / { return 200 "$hostname\n"; }
  }
}
`

// shop configures the group on all hosts.
func shop(l *lab.Lab, srrd string) (cluster.Config, error) {
	dir := filepath.Join(filepath.Dir(l.EchoProgram()), "demo")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return cluster.Config{}, fmt.Errorf("configure services: %w", err)
	}
	files := map[string]string{"Makefile": diskMakefile, "nginx.conf": fmt.Sprintf(nginxConfig, webAddr)}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return cluster.Config{}, fmt.Errorf("configure services: %w", err)
		}
	}
	all := cluster.Equal("n1", "n2", "n3")
	member := []string{"group: " + group, "restarts: {max: 10, within: 1m}"}
	settings := func(lines ...string) []string { return append(member[:2:2], lines...) }
	return cluster.Config{
		Binary: srrd, Restart: restart,
		Groups: []cluster.Group{{Name: group, On: all}},
		Services: []cluster.Service{
			{Name: disk, On: all, Settings: settings("make: " + filepath.Join(dir, "Makefile"))},
			{Name: web, On: all, Settings: settings(
				fmt.Sprintf("addresses: [%s]", webAddr), "depends-on: [disk]",
				fmt.Sprintf("run: [%s, -c, %q]", nginx, filepath.Join(dir, "nginx.conf")),
				`check: {http: "http://{address}/", interval: 2s, timeout: 1s}`,
			)},
			{Name: stats, On: all, Settings: settings(
				fmt.Sprintf("addresses: [%s]", statsAddr), "critical: false",
				fmt.Sprintf("run: [%q, %q]", l.EchoProgram(), statsAddr),
			)},
		},
	}, nil
}
