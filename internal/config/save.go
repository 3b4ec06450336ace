package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"srr/internal/durable"
)

// SaveService makes text the content of conf.d/NAME.yaml beside the main file
// at path. The text must define the service name and no other; it may define
// groups. The whole configuration is checked with it first: if that fails, the
// error is of type Problems and nothing is written. No other file is touched.
func SaveService(path, name string, text []byte, prober Prober) (*Config, error) {
	c, file, err := checkService(path, name, text, prober)
	if err != nil {
		return nil, err
	}
	if err := writeBeside(path, file, text); err != nil {
		return nil, fmt.Errorf("save service %s: %w", name, err)
	}
	return c, nil
}

// CheckService is SaveService without writing anything.
func CheckService(path, name string, text []byte, prober Prober) (*Config, error) {
	c, _, err := checkService(path, name, text, prober)
	return c, err
}

func checkService(path, name string, text []byte, prober Prober) (c *Config, file string, err error) {
	if file, err = serviceFile(path, name); err != nil {
		return nil, "", err
	}
	if c, err = load(path, prober, overlay{file: text}); err != nil {
		return nil, "", err
	}
	if s := c.Service(name); s == nil || s.Where.File != file {
		return nil, "", fmt.Errorf("save service %s: the text does not define it", name)
	}
	for _, s := range c.Services {
		if s.Where.File == file && s.Name != name {
			return nil, "", fmt.Errorf("save service %s: the text defines %s, too", name, s.Name)
		}
	}
	return c, file, nil
}

// ServiceText is conf.d/NAME.yaml. The error wraps fs.ErrNotExist if there is none:
// the service is new, or defined elsewhere.
func ServiceText(path, name string) ([]byte, error) {
	file, err := serviceFile(path, name)
	if err != nil {
		return nil, err
	}
	if _, err := os.Lstat(file); err != nil {
		return nil, err
	}
	text, problem := readFile(file)
	if problem != nil {
		return nil, problem
	}
	return text, nil
}

// DeleteService removes conf.d/NAME.yaml. The configuration without it is
// checked first.
func DeleteService(path, name string, prober Prober) (*Config, error) {
	c, file, err := checkDelete(path, name, prober)
	if err != nil {
		return nil, err
	}
	root, err := openConfDir(path)
	if err != nil {
		return nil, fmt.Errorf("delete service %s: %w", name, err)
	}
	defer root.Close()
	if err := root.Remove(filepath.Base(file)); err != nil {
		return nil, fmt.Errorf("delete service %s: %w", name, err)
	}
	return c, durable.Sync(root)
}

// CheckDelete is DeleteService without removing anything.
func CheckDelete(path, name string, prober Prober) (*Config, error) {
	c, _, err := checkDelete(path, name, prober)
	return c, err
}

func checkDelete(path, name string, prober Prober) (c *Config, file string, err error) {
	if file, err = serviceFile(path, name); err != nil {
		return nil, "", err
	}
	if _, err := os.Lstat(file); errors.Is(err, fs.ErrNotExist) {
		return nil, "", fmt.Errorf("delete service %s: there is no %s; if another file defines it, edit that", name, file)
	}
	c, err = load(path, prober, overlay{file: nil})
	return c, file, err
}

// ValidName reports whether a service, group, node or cluster may be called so.
func ValidName(name string) bool { return validName.MatchString(name) }

// serviceFile returns the file of a service's own. It refuses a file that is
// not ours to replace: one that defines other services as well, or a link.
func serviceFile(path, name string) (string, error) {
	if !validName.MatchString(name) {
		return "", fmt.Errorf("%q is no valid name: %s", clip(name), nameHint)
	}
	file := filepath.Join(confDir(path), name+".yaml")
	st, err := os.Lstat(file)
	if errors.Is(err, fs.ErrNotExist) {
		return file, nil
	} else if err != nil {
		return "", err
	}
	if !st.Mode().IsRegular() {
		return "", fmt.Errorf("%s is no regular file: it is left alone", file)
	}
	text, problem := readFile(file)
	if problem != nil {
		return "", problem
	}
	l, f := newLoading(), defaultFile()
	l.read(file, string(text), f, false)
	for other := range f.Services {
		if other != name {
			return "", fmt.Errorf("%s defines %s, too: edit it by hand", file, other)
		}
	}
	return file, nil
}

// openConfDir opens conf.d, which must be a directory of its own that nobody
// else can write to.
func openConfDir(path string) (*os.Root, error) {
	dir := confDir(path)
	if err := os.Mkdir(dir, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	var st unix.Stat_t
	if err := unix.Lstat(dir, &st); err != nil {
		return nil, fmt.Errorf("examine %s: %w", dir, err)
	}
	switch {
	case st.Mode&unix.S_IFMT != unix.S_IFDIR:
		return nil, fmt.Errorf("%s is no directory", dir)
	case st.Mode&0o022 != 0, st.Uid != 0 && int(st.Uid) != os.Geteuid():
		return nil, fmt.Errorf("%s can be written by others", dir)
	}
	return os.OpenRoot(dir)
}

// writeBeside replaces file in conf.d in one step: after a crash there is
// either the old file or the new one. It may be read by whoever may read the
// main file.
func writeBeside(path, file string, text []byte) error {
	mode := fs.FileMode(0o644)
	if st, err := os.Stat(path); err == nil {
		mode = st.Mode().Perm() & 0o644
	}
	root, err := openConfDir(path)
	if err != nil {
		return err
	}
	defer root.Close()
	return durable.WriteFile(root, filepath.Base(file), text, mode)
}
