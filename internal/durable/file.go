// Package durable replaces files at once and for good: nobody sees half of one,
// also after a crash.
package durable

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// WriteFile replaces or creates a file of dir. It has the mode from the
// beginning, so that a secret is never readable.
func WriteFile(dir *os.Root, name string, b []byte, mode fs.FileMode) (err error) {
	temporary := "." + name + ".new"
	if err := dir.Remove(temporary); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := dir.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = dir.Remove(temporary) // best effort: the next write removes it, too
		}
	}()
	_, err = f.Write(b)
	err = errors.Join(err, f.Chmod(mode), f.Sync())
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err = dir.Rename(temporary, name); err != nil {
		return err
	}
	return Sync(dir)
}

// Sync makes a rename, a creation or a removal in dir durable.
func Sync(dir *os.Root) error {
	d, err := dir.Open(".")
	if err != nil {
		return err
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("sync %s: %w", dir.Name(), err)
	}
	return nil
}
