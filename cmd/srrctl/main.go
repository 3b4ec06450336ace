// Command srrctl shows and steers a cluster of srrd daemons.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"srr/internal/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := cli.Run(ctx, cli.System())
	stop()
	os.Exit(code)
}
