package reconcile

import (
	"bufio"
	"bytes"
	"container/heap"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"slices"
)

// The bounds of a sorter: the bytes that are sorted in memory at once, and those that each run is read with when all are merged.
const (
	sortBytes  = 24 << 20
	mergeBytes = 32 << 10
)

// sorter sorts records by their keys, as bytes, on disk. It takes sortBytes of memory while it is filled, and mergeBytes for each sortBytes
// that it was filled with while it is read.
type sorter struct {
	dir  string
	most int // bytes in memory

	arena   []byte
	entries []entry
	file    *os.File
	written int64
	runs    []extent
}

// entry is a record in the arena: its key, then its content.
type entry struct{ at, key, length int32 }

// extent is a part of the file.
type extent struct{ from, to int64 }

func newSorter(dir string, most int) *sorter { return &sorter{dir: dir, most: most} }

// add takes a record. Its key must be unlike all others.
func (s *sorter) add(key, content []byte) error {
	if len(s.arena)+len(key)+len(content) > s.most && len(s.entries) > 0 {
		if err := s.spill(); err != nil {
			return err
		}
	}
	if s.arena == nil {
		s.arena = make([]byte, 0, s.most)
	}
	s.entries = append(s.entries, entry{int32(len(s.arena)), int32(len(key)), int32(len(key) + len(content))})
	s.arena = append(append(s.arena, key...), content...)
	return nil
}

func (s *sorter) sort() {
	slices.SortFunc(s.entries, func(a, b entry) int {
		return bytes.Compare(s.arena[a.at:a.at+a.key], s.arena[b.at:b.at+b.key])
	})
}

// spill writes what is in memory as a sorted run.
func (s *sorter) spill() error {
	if s.file == nil {
		file, err := os.CreateTemp(s.dir, "run-*")
		if err != nil {
			return fmt.Errorf("spool bill: %w", err)
		}
		s.file = file
	}
	s.sort()
	w := bufio.NewWriterSize(s.file, 256<<10)
	from := s.written
	var head []byte
	for _, e := range s.entries {
		head = binary.AppendUvarint(binary.AppendUvarint(head[:0], uint64(e.key)), uint64(e.length))
		if _, err := w.Write(head); err != nil {
			return fmt.Errorf("spool bill: %w", err)
		}
		n, err := w.Write(s.arena[e.at : e.at+e.length])
		if err != nil {
			return fmt.Errorf("spool bill: %w", err)
		}
		s.written += int64(len(head) + n)
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("spool bill: %w", err)
	}
	s.runs = append(s.runs, extent{from, s.written})
	s.arena, s.entries = s.arena[:0], s.entries[:0]
	return nil
}

// all gives the contents of the records in order of their keys, once; each is good until the next.
func (s *sorter) all() iter.Seq2[[]byte, error] {
	if len(s.runs) == 0 {
		return s.inMemory()
	}
	return func(yield func([]byte, error) bool) {
		if len(s.entries) > 0 {
			if err := s.spill(); err != nil {
				yield(nil, err)
				return
			}
		}
		s.arena, s.entries = nil, nil
		runs, err := s.open()
		for err == nil && len(runs) > 0 {
			if !yield(runs[0].record[runs[0].key:], nil) {
				return
			}
			var more bool
			if more, err = runs[0].next(); more {
				heap.Fix(&runs, 0)
			} else if err == nil {
				heap.Pop(&runs)
			}
		}
		if err != nil {
			yield(nil, err)
		}
	}
}

func (s *sorter) inMemory() iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		s.sort()
		for _, e := range s.entries {
			if !yield(s.arena[e.at+e.key:e.at+e.length], nil) {
				return
			}
		}
	}
}

// open begins to read every run.
func (s *sorter) open() (runs, error) {
	var opened runs
	for _, e := range s.runs {
		r := &run{source: bufio.NewReaderSize(io.NewSectionReader(s.file, e.from, e.to-e.from), mergeBytes)}
		more, err := r.next()
		if err != nil {
			return nil, err
		}
		if more {
			opened = append(opened, r)
		}
	}
	heap.Init(&opened)
	return opened, nil
}

// close lets go of memory and file.
func (s *sorter) close() {
	if s.file != nil {
		_ = s.file.Close() // it is temporary, and goes with its folder
	}
	s.arena, s.entries, s.runs = nil, nil, nil
}

// run is a sorted run that is being read.
type run struct {
	source *bufio.Reader
	record []byte
	key    int
}

// next moves to the next record; false behind the last.
func (r *run) next() (bool, error) {
	key, err := binary.ReadUvarint(r.source)
	if errors.Is(err, io.EOF) {
		return false, nil
	}
	length, err2 := binary.ReadUvarint(r.source)
	if err != nil || err2 != nil || key > length || length > 1<<30 {
		return false, errPacked
	}
	r.record, r.key = slices.Grow(r.record[:0], int(length))[:length], int(key)
	if _, err := io.ReadFull(r.source, r.record); err != nil {
		return false, fmt.Errorf("read spool: %w", err)
	}
	return true, nil
}

// runs is the heap of runs by their present records' keys.
type runs []*run

// Len is heap.Interface's.
func (r runs) Len() int { return len(r) }

// Less is heap.Interface's.
func (r runs) Less(i, j int) bool {
	return bytes.Compare(r[i].record[:r[i].key], r[j].record[:r[j].key]) < 0
}

// Swap is heap.Interface's.
func (r runs) Swap(i, j int) { r[i], r[j] = r[j], r[i] }

// Push is heap.Interface's.
func (r *runs) Push(x any) { *r = append(*r, x.(*run)) }

// Pop is heap.Interface's.
func (r *runs) Pop() any {
	last := (*r)[len(*r)-1]
	*r = (*r)[:len(*r)-1]
	return last
}
