package process

import (
	"cmp"
	"strings"

	"srr/internal/agent"
)

// environment is all that a primitive is told; nothing of the daemon's own.
func (s *Service) environment(req agent.Request, result string) []string {
	addresses := make([]string, len(req.Env.Addresses))
	for i, a := range req.Env.Addresses {
		addresses[i] = a.WithZone("").String()
	}
	return []string{
		"PATH=" + cmp.Or(s.host.Path, DefaultPath),
		"LANG=C.UTF-8",
		"HOME=/",
		"SRR_SERVICE=" + s.name,
		"SRR_PRIMITIVE=" + req.Primitive.String(),
		"SRR_ADDRESSES=" + strings.Join(addresses, " "),
		"SRR_NODE=" + harmless(req.Env.Node),
		"SRR_ROUTER_ID=" + harmless(req.Env.RouterID),
		"SRR_PEERS=" + harmless(strings.Join(req.Env.Peers, " ")),
		"SRR_GROUP=" + harmless(req.Env.Group),
		"SRR_REASON=" + harmless(req.Env.Reason),
		"SRR_PEER=" + harmless(req.Env.Peer),
		"SRR_RESULT=" + result,
	}
}

// harmless replaces what make or a shell could take for syntax: a Makefile
// that writes $(SRR_REASON) pastes the value into a shell's command line, and
// make itself expands a `$` in it.
func harmless(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9',
			strings.ContainsRune(" .,:/_-+@=", r):
			return r
		}
		return '_'
	}, s)
}
