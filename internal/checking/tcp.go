package checking

import "context"

// TCP is up when a connection can be opened. It is closed at once.
type TCP struct {
	Target string // HOST:PORT
}

// Check connects.
func (c *TCP) Check(ctx context.Context) Result {
	conn, err := Dial(ctx, "tcp", c.Target)
	if err != nil {
		return FromError(ctx, err)
	}
	_ = conn.Close()
	return Upf("connected to %s", c.Target)
}
