package ingester

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/money"
)

// finish ends what an earlier process left in the middle: crawls, accepted crawls and uploads of which some parts are published and others not.
// What was read of them is on disk as a whole. Uploads that were not begun to be published are dropped: whoever sent them has no answer.
func (g *Ingester) finish(ctx context.Context) {
	entries, err := os.ReadDir(g.cfg.Folder)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			g.deps.Log.Warn("states not looked through", zap.Error(err))
		}
		return
	}
	for _, e := range entries {
		currency, err := money.ParseCurrency(e.Name())
		if err != nil || ctx.Err() != nil {
			continue
		}
		if err := g.finishCurrency(ctx, string(currency)); err != nil {
			g.deps.Log.Error("crawl still published in part", zap.String("currency", string(currency)), zap.Error(err))
		}
	}
}

func (g *Ingester) finishCurrency(ctx context.Context, currency string) error {
	in := g.folder(currency)
	var errs []error
	for _, f := range append(in.in(crawlsFolder).folders(), in.in(refusedFolder).grandchildren()...) {
		errs = append(errs, g.finishStaged(ctx, currency, f))
	}
	for _, f := range in.in(uploadsFolder).folders() {
		if strings.HasPrefix(f.name(), g.token) { // of this process
			continue
		}
		errs = append(errs, g.finishStaged(ctx, currency, f), f.drop())
	}
	return errors.Join(errs...)
}

// finishStaged commits a staged crawl if some parts of it are published.
func (g *Ingester) finishStaged(ctx context.Context, currency string, f folder) error {
	s, err := openStaged(f)
	if s == nil || err != nil {
		return err
	}
	defer s.close()
	turn, err := g.crawls.acquire(ctx, crawlOf(currency, s.head.Crawl.Scope))
	if err != nil {
		return err
	}
	defer turn.release()
	begun, err := g.begun(ctx, currency, s)
	if err != nil || !begun {
		return err
	}
	if strings.HasPrefix(f.path, g.folder(currency).in(refusedFolder).path) {
		s.head.Crawl.Accepted = true
	}
	result, err := g.commit(ctx, s)
	if err != nil {
		return fmt.Errorf("finish crawl of %s at %s: %w", s.head.Crawl.Scope, s.head.Crawl.At.Format("2006-01-02T15:04:05Z07:00"), err)
	}
	g.deps.Log.Info("crawl finished that an earlier process published in part", zap.String("crawl", result.Record.ID))
	g.board.note(s.head.Crawl.Scope, currency, result, nil)
	return nil
}

// begun reports whether some parts of a staged crawl are published, and not all.
func (g *Ingester) begun(ctx context.Context, currency string, s *staged) (bool, error) {
	held, err := g.books.acquire(ctx, "state of "+currency)
	if err != nil {
		return false, err
	}
	defer held.release()
	if err := g.ready(ctx, held, currency); err != nil {
		return false, err
	}
	at, ok := held.value.ledger.Begun(s.head.Crawl.Scope)
	return ok && at.Equal(s.head.Crawl.At), nil
}
