package web

import (
	"encoding/json"
	"errors"
	"fmt"
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
		for lines := json.NewDecoder(io.LimitReader(resp.Body, maxEventBytes)); len(out) < q.Limit; {
			var line struct {
				api.Event
				api.ErrorBody // the last one, if it could not go on
			}
			switch err := lines.Decode(&line); {
			case errors.Is(err, io.EOF):
				return out, nil
			case err != nil:
				return out, fmt.Errorf("read the answer of %s: %w", n.Title(), err)
			case line.Error.Text != "":
				return out, &line.Error
			}
			line.Node = n.Title() // whatever it says
			out = append(out, line.Event)
		}
		return out, nil
	})
}
