// Package srr has the licence, for the console to show.
package srr

import "embed"

// Licence has LICENSE and NOTICE.
//
//go:embed LICENSE NOTICE
var Licence embed.FS
