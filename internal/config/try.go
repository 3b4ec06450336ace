package config

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Try reads the configuration at path as it would be with text in the place of
// one file: that of the name in conf.d, if there is one, else the main file.
// Nothing is written, and agents are not looked at. Errors are those of Load.
func Try(path, name string, text []byte) (*Config, error) {
	return load(path, nil, overlay{replaced(path, name): text})
}

func replaced(path, name string) string {
	if name == "" || name != filepath.Base(name) || strings.HasPrefix(name, ".") {
		return path
	}
	file := filepath.Join(confDir(path), name)
	if _, err := os.Lstat(file); errors.Is(err, fs.ErrNotExist) {
		return path
	}
	return file
}
