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

// hearTries is how often one asks in all.
const hearTries = 10

func (h hearing) RoundTrip(r *http.Request) (*http.Response, error) {
	for try := 1; ; try++ {
		resp, err := h.Transport.RoundTrip(r)
		if !errors.Is(err, net.ErrClosed) || try == hearTries || r.Context().Err() != nil {
			return resp, err
		}
		if r.GetBody != nil {
			body, failed := r.GetBody()
			if failed != nil {
				return resp, err
			}
			r = r.Clone(r.Context())
			r.Body = body
		}
	}
}
