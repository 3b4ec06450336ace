// Command hunt runs seeds of the simulator until one fails, and names it: all of srrd
// that a planted bug needs, which is quickly built.
package main

import (
	"context"
	"flag"
	"os"

	"srr/sim"
)

func main() {
	seeds := flag.Uint64("seeds", 300, "how many seeds to run")
	flag.Parse()
	if !(sim.Batch{Seeds: *seeds, UntilFailed: true, Out: os.Stdout}).Run(context.Background()) {
		os.Exit(1)
	}
}
