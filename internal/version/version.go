// Package version tells which SRR this is.
package version

import "runtime/debug"

// release is set by the linker: -X srr/internal/version.release=1.2.3.
var release string

// Version returns the release, or the commit that the binary was built from, at
// most 32 bytes long.
func Version() string {
	if release != "" {
		return clip(release)
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "development"
	}
	commit, dirty := "", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			commit = s.Value
		case s.Key == "vcs.modified" && s.Value == "true":
			dirty = "+"
		}
	}
	if commit == "" {
		return "development"
	}
	return "commit " + commit[:min(12, len(commit))] + dirty
}

func clip(s string) string { return s[:min(32, len(s))] }
