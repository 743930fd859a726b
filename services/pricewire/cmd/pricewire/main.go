// Command pricewire is the program people run: the whole pipeline in one process, and the client commands.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/pricewire/pricewire/services/pricewire/cli"
)

// version is set by the linker.
var version = "devel"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := cli.Run(ctx, version, os.Args[1:], cli.Streams{Out: os.Stdout, Err: os.Stderr})
	stop()
	os.Exit(code)
}
