package web

import (
	"net/http"
	"slices"
	"strings"

	"srr"
	"srr/docs"
)

// documents are those for people who operate a cluster, in the order of reading.
var documents = []string{"operating.md", "configuration.md", "cli.md", "srrd.md", "architecture.md", "protocol.md", "openapi.json"}

// licence are the files about what one may do with the program.
var licence = []string{"LICENSE", "NOTICE"}

// document serves one of them, as it was written.
func (s *Server) document(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("file")
	files := docs.Files
	switch {
	case slices.Contains(licence, name):
		files = srr.Licence
	case !slices.Contains(documents, name):
		s.failPage(w, r, errNoPage)
		return
	}
	text, err := files.ReadFile(name)
	if err != nil {
		s.failPage(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	if strings.HasSuffix(name, ".json") {
		w.Header().Set("Content-Type", "application/json")
	}
	_, _ = w.Write(text) // a browser that has gone has its reasons
}
