package daemon

import (
	"errors"
	"time"

	"srr/internal/config"
	"srr/internal/routing/address"
)

// CleanUp removes what a daemon that died left, but for what is announced:
// that is its successor's to take over, or runs out. Without a successor (last), it
// waits for that: a local route has no lifetime, and would keep this host from
// reaching the service elsewhere. What was left for longer, by a detach, is not
// waited for, because the next daemon cannot start meanwhile.
//
// It goes by our mark in the kernel and reads no configuration, whose mistakes may be
// why there is no successor.
func CleanUp(last bool) error {
	d, err := address.Open(address.Options{})
	if err != nil {
		return err
	}
	for end := time.Now().Add(config.AddressLifetime + time.Second); ; time.Sleep(100 * time.Millisecond) {
		present, err := d.Present()
		if err == nil {
			err = d.CleanUp(present)
		}
		if err != nil || len(present) == 0 || !last || time.Now().After(end) {
			return errors.Join(err, d.Close(config.AddressLifetime))
		}
	}
}
