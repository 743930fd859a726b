package serve

import (
	"context"

	"github.com/spf13/pflag"
	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/daemon"
	"github.com/pricewire/pricewire/services/pricewire/command"
	"github.com/pricewire/pricewire/services/pricewire/part"
	"github.com/pricewire/pricewire/services/pricewire/watch"
)

const ingesterName = "ingester"

// ingesting watches sources of usage rates, and lets the API ask it.
type ingesting struct {
	data       string
	secretFile string
	crawls     part.Crawls
	folder     *daemon.Folder // nil until it is locked
	made       *part.Ingester // nil until it is made
}

// Ingester is the process that watches sources of usage rates. Several may run at once, each with a folder of its own.
func Ingester() *Process {
	return newProcess(ingesterName, "Watch sources of usage rates, and publish what changes", "127.0.0.1:8082",
		&ingesting{data: "./var", crawls: part.DefaultCrawls(part.SourceNone)})
}

func (i *ingesting) flags(flags *pflag.FlagSet) {
	flags.StringVar(&i.data, "data", i.data, "folder of what is known of the rates, a cache of the streams, and of refused crawls; one process at a time")
	flags.StringVar(&i.secretFile, secretFlag(ingesterName), "", "file with the secret that the API must know; or "+secretVariable(ingesterName)+" in the environment. Needed where --listen can be reached from other machines")
	i.crawls.Flags(flags)
}

func (i *ingesting) validate(c *common, wrong *command.Wrong) error {
	if i.data == "" {
		wrong.Flag("data", "a folder is needed")
	}
	i.crawls.Validate(wrong)
	secret, err := sharedSecret(ingesterName, i.secretFile)
	if err != nil {
		return err
	}
	if secret == "" && !daemon.Loopback(c.address) {
		return exposed("listen", c.address, "the ingester has no secret", "give it and the API one with --"+secretFlag(ingesterName)+", or listen on 127.0.0.1")
	}
	return nil
}

func (i *ingesting) start(ctx context.Context, h *host) error {
	secret, err := sharedSecret(ingesterName, i.secretFile)
	if err != nil {
		return err
	}
	if i.folder, err = daemon.LockFolder(i.data); err != nil {
		return err
	}
	if err := h.open(ctx, part.Needs{Name: "pricewire ingester"}); err != nil {
		return err
	}
	streams, err := h.base.DeclareRates(ctx, i.crawls)
	if err != nil {
		return err
	}
	if err := h.base.NotBehind(ctx, h.clock.Now, streams...); err != nil {
		return err
	}
	if i.made, err = h.base.Ingester(ctx, i.crawls, i.folder, part.Timing{Clock: h.clock}, h.log); err != nil {
		return err
	}
	i.made.Start(ctx, h.group)
	watcher := watch.NewHandler(i.made.Watcher(), secret, h.log)
	h.answer(part.NewMetrics(part.CrawlMetrics(i.made.Status, h.clock.Now)), watcher.Register).Ready(true)
	return nil
}

func (i *ingesting) close(ctx context.Context, h *host) {
	if i.made != nil {
		if err := i.made.Close(ctx); err != nil {
			h.log.Warn("what the ingester knows was not synced; the next start replays it", zap.Error(err))
		}
	}
	if i.folder != nil {
		_ = i.folder.Unlock() // the lock ends with the process in any case
	}
}
