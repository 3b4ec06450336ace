package daemon

import (
	"fmt"

	"srr/internal/api"
	"srr/internal/config"
)

// ConfigError is a configuration that cannot be used: trying again is no use.
type ConfigError struct {
	Path string
	Err  error
}

func (e *ConfigError) Error() string { return fmt.Sprintf("load %s:\n%v", e.Path, e.Err) }
func (e *ConfigError) Unwrap() error { return e.Err }

// openConfig reads the configuration of a daemon that starts. What could not be
// looked at keeps it from nothing: on a host without time to spare it has to come
// up all the same, and soon.
func (d *Daemon) openConfig(prober config.Prober) error {
	c, err := config.LoadAtStart(d.opt.Config, prober)
	if err != nil {
		return &ConfigError{Path: d.opt.Config, Err: err}
	}
	for _, p := range c.Unexamined {
		d.log.Warn("a part of the configuration could not be examined: it is used as it is", "err", p)
	}
	d.use(c)
	return nil
}

// configAlarms: what could not be examined at the start. The next reload looks again.
func (d *Daemon) configAlarms() []api.Alarm {
	unexamined := d.cfg.Unexamined
	if len(unexamined) == 0 {
		return nil
	}
	text := unexamined[0].Position.String() + ": " + unexamined[0].Message
	if more := len(unexamined) - 1; more > 0 {
		text += fmt.Sprintf(" (and %d more, in the log)", more)
	}
	return []api.Alarm{{Severity: api.Warning, Code: "unexamined", Text: text, Advice: "srrctl reload-config looks again"}}
}
