// Command scheduler publishes releases of price lists when they are due. It runs on an existing NATS and, where it needs one, ClickHouse.
package main

import (
	"os"

	"github.com/pricewire/pricewire/services/pricewire/serve"
)

// version is set by the linker.
var version = "devel"

func main() { os.Exit(serve.Scheduler().Main(version)) }
