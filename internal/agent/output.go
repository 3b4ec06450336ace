package agent

import (
	"time"

	"srr/internal/service"
)

// Output is what the last call of a primitive printed: bytes, as they came,
// the last 64 KiB of each stream. Whoever shows them must escape them.
type Output struct {
	Primitive service.Primitive
	At        time.Time // of the last byte
	Stdout    []byte
	Stderr    []byte
}

// Printer is an agent whose primitives print something.
type Printer interface {
	// Outputs returns the outputs of the primitives that have been called.
	Outputs() []Output
}
