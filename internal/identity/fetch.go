package identity

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"srr/internal/hearing"
)

// fetchTimeout bounds one look at another node's lists.
const fetchTimeout = 10 * time.Second

// Fetch asks another node, at HOST:PORT of its console, for what was revoked and
// takes over what is new.
func (s *Store) Fetch(ctx context.Context, node, address string) (news bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+address+ListPath, nil)
	if err != nil {
		return false, fmt.Errorf("ask node %s what was revoked: %w", node, err)
	}
	transport := hearing.On(&http.Transport{TLSClientConfig: s.ClientTLS(node), DisableKeepAlives: true})
	response, err := transport.RoundTrip(r) // and no redirect anywhere
	if err != nil {
		return false, fmt.Errorf("ask node %s what was revoked: %w", node, err)
	}
	text, err := io.ReadAll(io.LimitReader(response.Body, MaxLists+1))
	err = errors.Join(err, response.Body.Close())
	if err == nil && response.StatusCode != http.StatusOK {
		err = errors.New("status " + response.Status)
	}
	if err != nil {
		return false, fmt.Errorf("ask node %s what was revoked: %w", node, err)
	}
	return s.Offer(text)
}
