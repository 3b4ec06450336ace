package web

import (
	"errors"
	"io"
	"net/http"

	"srr/internal/api"
)

// maxEventBytes is how much of the journal of another node is read.
const maxEventBytes = 4 << 20

// eventsThere asks another node for events of its journal, oldest first.
func (s *Server) eventsThere(v *visit, n *api.Node, q api.EventQuery) ([]api.Event, error) {
	if n.State == api.NodeDown {
		return nil, errors.New("it cannot be reached now")
	}
	return fetchBy(s, v, n, "events", q.Values(), func(resp *http.Response) (out []api.Event, err error) {
		if resp.StatusCode != http.StatusOK {
			return nil, readReply(resp, n, nil)
		}
		for e, err := range api.Lines[api.Event](io.LimitReader(resp.Body, maxEventBytes), n.Title(), func() {}) {
			if err != nil || len(out) == q.Limit {
				return out, err
			}
			e.Node = n.Title() // whatever it says
			out = append(out, e)
		}
		return out, nil
	})
}
