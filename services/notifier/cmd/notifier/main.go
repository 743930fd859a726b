// Command notifier sends events to webhooks. It runs on an existing NATS.
package main

import (
	"os"

	"github.com/pricewire/pricewire/services/pricewire/serve"
)

// version is set by the linker.
var version = "devel"

func main() { os.Exit(serve.Notifier().Main(version)) }
