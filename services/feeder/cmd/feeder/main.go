// Command feeder tells the streams of events without the partner's cost and lets subscribers of NATS read. It runs on an existing NATS.
package main

import (
	"os"

	"github.com/pricewire/pricewire/services/pricewire/serve"
)

// version is set by the linker.
var version = "devel"

func main() { os.Exit(serve.Feeder().Main(version)) }
