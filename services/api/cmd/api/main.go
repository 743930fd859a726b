// Command api answers over HTTP: releases, prices, rates, events and the page. It runs on an existing NATS and, where it needs one, ClickHouse.
package main

import (
	"os"

	"github.com/pricewire/pricewire/services/pricewire/serve"
)

// version is set by the linker.
var version = "devel"

func main() { os.Exit(serve.API().Main(version)) }
