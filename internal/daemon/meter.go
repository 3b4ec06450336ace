package daemon

import (
	"path/filepath"
	"time"

	"srr/internal/api"
	"srr/internal/availability"
)

// lastSums is how long a daemon that ends waits until its sums are on the disk.
const lastSums = time.Second

// openMeter has counted for how long services are served.
func (d *Daemon) openMeter() (err error) {
	d.meter, err = availability.Open(filepath.Join(d.cfg.Paths.State, "availability"), func() api.Snapshot { return *d.snapshot.Load() }, d.log)
	if err == nil {
		d.server.Measure(d.meter)
	}
	return err
}
