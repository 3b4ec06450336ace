package executable

import "srr/internal/agent/trust"

// Validate returns an error unless the path is a program that nobody but root
// can change.
func Validate(path string) error { return trust.Program(path) }
