// Command gen writes the reference of srrctl into the file that it is given.
package main

import (
	"bytes"
	"fmt"
	"os"

	"srr/internal/cli"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: gen FILE")
		os.Exit(2)
	}
	var b bytes.Buffer
	cli.Reference(&b)
	if err := os.WriteFile(os.Args[1], b.Bytes(), 0o644); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
