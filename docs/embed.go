// Package docs has the documents of this directory, for the console to serve.
package docs

import "embed"

// Files are the documents.
//
//go:embed *.md openapi.json
var Files embed.FS
