package web

import (
	"embed"
	"net/http"
	"path"
)

//go:embed static
var staticFiles embed.FS

// asset is a file that pages refer to. Its path has a digest of its content, so
// that a browser may keep it for ever and never has an old one.
type asset struct {
	content []byte
	mime    string
}

var (
	assets     = map[string]asset{} // by file name in the path
	assetPaths = map[string]string{}
)

func init() {
	for name, mime := range map[string]string{
		"srr.css": "text/css; charset=utf-8", "srr.js": "text/javascript; charset=utf-8", "srr.svg": "image/svg+xml",
	} {
		content, err := staticFiles.ReadFile("static/" + name)
		if err != nil {
			panic("embedded file is missing: " + name)
		}
		file := digest(content) + path.Ext(name)
		assets[file], assetPaths[name] = asset{content, mime}, "/static/"+file
	}
}

func assetPath(name string) string { return assetPaths[name] }

// static serves one of the files above, and no path of any file system.
func (s *Server) static(w http.ResponseWriter, r *http.Request) {
	a, ok := assets[r.PathValue("file")]
	if !ok {
		s.failPage(w, r, errNoPage)
		return
	}
	a.send(w)
}

// serveAsset serves one of them.
func serveAsset(name string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { assets[path.Base(assetPath(name))].send(w) }
}

func (a asset) send(w http.ResponseWriter) {
	w.Header().Set("Content-Type", a.mime)
	w.Header().Set("Cache-Control", "private, max-age=31536000, immutable")
	_, _ = w.Write(a.content) // a browser that has gone has its reasons
}
