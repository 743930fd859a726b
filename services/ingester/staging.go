package ingester

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/pricewire/pricewire/pkg/rate"
)

// staged is a crawl on disk: what it is, and a file of rows a shard. Each shard's file is whole once the shard was read to its end, so that a
// crawl that was broken off goes on behind its last complete shard.
type staged struct {
	head   stagedHead
	folder folder
	files  []*os.File   // by shard; nil where not open
	book   *book        // on which the survey was begun
	ledger *rate.Ledger // of the survey
	survey *rate.Survey
	shards []*rate.Shard // of the survey; nil where the shard has yet to be read
}

// stagedHead is the file that says what a staged crawl is.
type stagedHead struct {
	Version    int
	Crawl      rate.Crawl
	Shards     []shardPlan
	Finished   time.Time        `json:",omitzero"`
	OfferTerms []rate.OfferTerm `json:",omitempty"`
}

const (
	stagedVersion  = 1
	stagedHeadFile = "crawl.json"
)

func shardFile(i int) string { return fmt.Sprintf("%04d.rows", i) }

// stage begins a crawl on disk, in the place of whatever lies there.
func stage(in folder, head stagedHead) (*staged, error) {
	if err := in.drop(); err != nil {
		return nil, err
	}
	if err := in.make(); err != nil {
		return nil, err
	}
	head.Version = stagedVersion
	s := &staged{head: head, folder: in}
	s.empty()
	return s, s.writeHead()
}

func (s *staged) empty() {
	s.files = make([]*os.File, len(s.head.Shards))
	s.shards = make([]*rate.Shard, len(s.head.Shards))
}

func (s *staged) writeHead() error {
	data, err := json.Marshal(s.head)
	if err != nil {
		return fmt.Errorf("stage crawl: %w", err)
	}
	return s.folder.write(stagedHeadFile, data)
}

// openStaged opens a crawl that lies on disk; nil without an error when there is none, or one that cannot be read.
func openStaged(in folder) (*staged, error) {
	data, err := os.ReadFile(filepath.Join(in.path, stagedHeadFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("open staged crawl: %w", err)
	}
	s := &staged{folder: in}
	if !s.head.read(data) {
		return nil, nil
	}
	s.empty()
	return s, nil
}

// read reads what writeHead wrote, and reports false for anything else.
func (h *stagedHead) read(data []byte) bool {
	return json.Unmarshal(data, h) == nil && h.Version == stagedVersion && len(h.Shards) > 0
}

// attach begins a survey of the crawl on what a book knows, with every shard that was read to its end. It reports whether those are all. The
// book is held.
func (s *staged) attach(b *book) (bool, error) {
	s.close()
	s.empty()
	survey, err := b.ledger.Survey(s.head.Crawl)
	if err != nil {
		return false, err
	}
	b.readers.Add(1)
	s.book, s.survey, s.ledger = b, survey, b.ledger
	all := true
	for i := range s.head.Shards {
		if err := s.resume(i); err != nil {
			return false, err
		}
		all = all && s.shards[i] != nil
	}
	return all, nil
}

// resume takes over a shard that lies on disk as a whole.
func (s *staged) resume(i int) error {
	file, err := s.folder.open(shardFile(i))
	if err != nil {
		return err
	}
	s.files[i] = file
	p := &s.head.Shards[i]
	s.shards[i] = s.survey.Resume(p.Name, p.covers(), file, bufio.NewReaderSize(io.NewSectionReader(file, 0, 1<<62), 256<<10))
	return nil
}

// retry empties the shards that broke off, so that they are read again.
func (s *staged) retry() error {
	again := false
	for i, shard := range s.shards {
		if shard == nil || shard.Complete() {
			continue
		}
		again = true
		if err := s.files[i].Truncate(0); err != nil {
			return fmt.Errorf("retry shard: %w", err)
		}
	}
	if !again {
		return nil
	}
	_, err := s.attach(s.book)
	return err
}

// begin begins a shard that is to be read.
func (s *staged) begin(i int) (*rate.Shard, error) {
	if err := s.files[i].Truncate(0); err != nil {
		return nil, fmt.Errorf("begin shard: %w", err)
	}
	p := &s.head.Shards[i]
	return s.survey.Shard(p.Name, p.covers(), s.files[i]), nil
}

// close closes the files; they stay.
func (s *staged) close() {
	for _, f := range s.files {
		if f != nil {
			_ = f.Close() // what was not written to its end is read anew
		}
	}
	if s.book != nil {
		s.book.readers.Add(-1)
	}
	s.survey, s.book = nil, nil
	s.empty()
}

// drop removes the crawl from disk.
func (s *staged) drop() error {
	s.close()
	return s.folder.drop()
}
