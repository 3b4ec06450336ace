// Command srr-lab builds small networks with real routers in network
// namespaces, breaks them on demand, shows what a client sees and measures it.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"srr/lab"
)

func main() {
	lab.RunHelper()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := root().ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "srr-lab:", err)
		os.Exit(1)
	}
}
