// Package checking has the checks that need no script (TCP, HTTP(S), DNS,
// ICMP, a command), and the schedule on which they run.
package checking

import (
	"context"

	"srr/internal/service"
)

// Result is what one check found.
type Result struct {
	Health service.Health
	Text   string // one line, at most 200 bytes
}

// Check looks at a service once. It must return soon after ctx ends; a check
// that could not run at all is service.Unknown.
type Check interface {
	Check(ctx context.Context) Result
}
