// Prints the image of each service of a Compose project, as `docker compose config --images` would: `oracle FILE…`, the
// files as with -f, in this order. No profile is left out.
package main

import (
	"context"
	"fmt"
	"os"
	"sort"

	"github.com/compose-spec/compose-go/v2/cli"
)

func main() {
	options, err := cli.NewProjectOptions(os.Args[1:], cli.WithProfiles([]string{"*"}), cli.WithDotEnv, cli.WithName("oracle"))
	if err == nil {
		project, failed := options.LoadProject(context.Background())
		if err = failed; err == nil {
			var lines []string
			for name, service := range project.Services {
				lines = append(lines, name+" "+service.Image)
				for _, volume := range service.Volumes {
					if volume.Type == "image" {
						lines = append(lines, name+" "+volume.Target+" "+volume.Source)
					}
				}
			}
			sort.Strings(lines)
			for _, line := range lines {
				fmt.Println(line)
			}
			return
		}
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
