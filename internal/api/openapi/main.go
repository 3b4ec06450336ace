// Command openapi writes docs/openapi.json: the API as an OpenAPI 3.1 document,
// from the types and the comments of package api. Run it from the root.
package main

import (
	"fmt"
	"os"
)

// output is relative to the root of the repository.
const output = "docs/openapi.json"

func main() {
	b, err := document()
	if err == nil {
		err = os.WriteFile(output, b, 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "openapi:", err)
		os.Exit(1)
	}
}
