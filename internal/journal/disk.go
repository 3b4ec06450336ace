package journal

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// disk is what the Store needs of a file system.
type disk interface {
	// Append opens an existing file for appending.
	Append(path string) (file, error)
	// Create makes an empty file, open for appending, in place of any other.
	Create(path string) (file, error)
	// Replace renames a file over another, durably.
	Replace(from, to string) error
	tidier
}

// tidier does what may fail without harm.
type tidier interface {
	Remove(path string)
	Keep(path, as string) // a second name for a file
}

type file interface {
	io.WriteCloser
	Sync() error
}

// osDisk is the real one.
type osDisk struct{}

func (osDisk) Append(path string) (file, error) {
	return os.OpenFile(path, os.O_WRONLY|os.O_APPEND|syscall.O_NOFOLLOW, 0)
}

func (osDisk) Create(path string) (file, error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE|os.O_EXCL|syscall.O_NOFOLLOW, 0o600)
}

func (osDisk) Replace(from, to string) error {
	if err := os.Rename(from, to); err != nil {
		return err
	}
	return syncDir(filepath.Dir(to))
}

func (osDisk) Remove(path string) { _ = os.Remove(path) }

func (osDisk) Keep(path, as string) {
	_ = os.Remove(as)
	_ = os.Link(path, as)
}

// syncDir makes the names in a directory durable (fsync(2)).
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
