package client

import (
	"errors"
	"net"
	"net/http"
)

// hearing asks again where the connection was closed before the request was sent.
// With TLS 1.3 a node judges the certificate after the client's handshake has ended:
// the transport, which reads its alert, closes the connection, and whoever wrote
// meanwhile learns that, and not why.
type hearing struct{ *http.Transport }

func (h hearing) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := h.Transport.RoundTrip(r)
	for range 9 {
		if !errors.Is(err, net.ErrClosed) || r.Context().Err() != nil {
			break
		}
		if r.GetBody != nil {
			body, failed := r.GetBody()
			if failed != nil {
				break
			}
			r = r.Clone(r.Context())
			r.Body = body
		}
		resp, err = h.Transport.RoundTrip(r)
	}
	return resp, err
}
