// Asks BuildKit's own engine of source policies: `oracle POLICY SOURCE…` prints, a line a source, what the policy makes
// of it ("docker-image://docker.io/library/nginx:1" becomes …), `denied`, or the error.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/moby/buildkit/solver/pb"
	"github.com/moby/buildkit/sourcepolicy"
	spb "github.com/moby/buildkit/sourcepolicy/pb"
)

func main() {
	text, err := os.ReadFile(os.Args[1])
	var policy spb.Policy
	if err == nil {
		err = json.Unmarshal(text, &policy) // how buildx reads EXPERIMENTAL_BUILDKIT_SOURCE_POLICY
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	for _, source := range os.Args[2:] {
		op := &pb.SourceOp{Identifier: source}
		engine := sourcepolicy.NewEngine([]*spb.Policy{&policy})
		_, err := engine.Evaluate(context.Background(), op)
		if err != nil {
			fmt.Println(source, "refused:", err)
			continue
		}
		fmt.Println(source, op.Identifier)
	}
}
