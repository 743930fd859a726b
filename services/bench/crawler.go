package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"

	natsclient "github.com/nats-io/nats.go"
	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/clock"
	"github.com/pricewire/pricewire/pkg/fault"
	"github.com/pricewire/pricewire/pkg/stream/jetstream"
	"github.com/pricewire/pricewire/services/ingester"
)

// A crawler is an ingester in a process of its own, so that its memory and what a restart costs can be told. The process is this program
// again; it crawls whenever it reads a line, and answers with a line.

// crawlerEnv makes this program a crawler; its value is a crawlerJob.
const crawlerEnv = "PRICEWIRE_BENCH_CRAWLER"

type crawlerJob struct{ Source, NATS, Folder string }

// crawled is what a crawler answers: first when it is ready, then after each crawl.
type crawled struct {
	Seconds           float64
	Identities        int // known at the start
	Rows, Changes     int
	Refused, Failed   string
	PeakMiB           float64
	Traversals, Parts int
}

// crawl is the life of a crawler.
func (j crawlerJob) crawl(ctx context.Context, in io.Reader, out io.Writer) error {
	conn, err := natsclient.Connect(j.NATS)
	if err != nil {
		return fmt.Errorf("connect to nats: %w", err)
	}
	defer conn.Close()
	to, err := jetstream.New(conn, jetstream.Config{})
	if err != nil {
		return err
	}
	cfg := ingester.Config{Folder: j.Folder}
	cfg.Client.RequestsPerSecond = 1000
	watch, err := ingester.New(cfg, ingester.Deps{Clock: clock.Real(), Publisher: to, Reader: to, Declarer: to, Log: zap.NewNop()})
	if err != nil {
		return err
	}
	took := stopwatch()
	identities, err := watch.Prepare(ctx, string(usd))
	if err != nil {
		return err
	}
	answers := json.NewEncoder(out)
	if err := answers.Encode(crawled{Seconds: took().Seconds(), Identities: identities}); err != nil {
		return err
	}
	for asked := bufio.NewScanner(in); asked.Scan(); {
		took := stopwatch()
		result, err := watch.Crawl(ctx, ingester.CrawlRequest{Source: j.Source})
		r := result.Record
		a := crawled{Seconds: took().Seconds(), Rows: r.Rows, Changes: r.Counts.Added + r.Counts.PriceChanged, Refused: r.Refused, Traversals: r.Traversals, Parts: r.Parts}
		if err != nil {
			a.Failed = err.Error()
		}
		if a.PeakMiB, err = peakOf(os.Getpid()); err != nil {
			return err
		}
		if err := answers.Encode(a); err != nil {
			return err
		}
	}
	return watch.Close(ctx)
}

// beCrawler runs a crawler when this process is to be one.
func beCrawler(ctx context.Context) (bool, error) {
	text := os.Getenv(crawlerEnv)
	if text == "" {
		return false, nil
	}
	var job crawlerJob
	if err := json.Unmarshal([]byte(text), &job); err != nil {
		return true, fmt.Errorf("read job: %w", err)
	}
	return true, job.crawl(ctx, os.Stdin, os.Stdout)
}

// crawler is such a process.
type crawler struct {
	process *exec.Cmd
	in      io.WriteCloser
	answers *json.Decoder
	opened  crawled
}

func startCrawler(ctx context.Context, job crawlerJob) (*crawler, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find program: %w", err)
	}
	text, err := json.Marshal(job)
	if err != nil {
		return nil, err
	}
	c := &crawler{process: exec.CommandContext(ctx, program)}
	c.process.Env = append(os.Environ(), crawlerEnv+"="+string(text))
	c.process.Stderr = os.Stderr
	if c.in, err = c.process.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := c.process.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := c.process.Start(); err != nil {
		return nil, fmt.Errorf("start crawler: %w", err)
	}
	c.answers = json.NewDecoder(out)
	if err := c.answers.Decode(&c.opened); err != nil {
		return nil, errors.Join(fmt.Errorf("wait for crawler: %w", err), c.process.Wait())
	}
	return c, nil
}

// crawl has it crawl once.
func (c *crawler) crawl(rows int) (crawled, error) {
	if _, err := io.WriteString(c.in, "\n"); err != nil {
		return crawled{}, fmt.Errorf("ask crawler: %w", err)
	}
	var a crawled
	if err := c.answers.Decode(&a); err != nil {
		return a, fmt.Errorf("hear crawler: %w", err)
	}
	if a.Failed != "" || a.Refused != "" || a.Rows != rows {
		return a, fault.New(fault.Internal, "crawl was not one of %d rows: %+v", rows, a)
	}
	return a, nil
}

func (c *crawler) stop() error {
	_ = c.in.Close() // which ends it
	return c.process.Wait()
}

func (s settings) crawlerFolder() string { return filepath.Join(s.folder, "ingester") }
