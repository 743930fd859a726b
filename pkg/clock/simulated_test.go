package clock

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/pricewire/pricewire/pkg/fault"
)

func instant(text string) time.Time {
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		panic(err)
	}
	return at
}

var start = instant("2026-02-28T23:00:00Z")

func simulate(t testing.TB, file string, rate float64) *Simulated {
	t.Helper()
	s, err := NewSimulated(SimulatedConfig{File: file, Start: start, Rate: rate})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() }) // a test that makes it fail looks for itself
	return s
}

func wantNow(t *testing.T, c Clock, want time.Time) {
	t.Helper()
	if got := c.Now(); !got.Equal(want) {
		t.Fatalf("it is %s, want %s", got, want)
	}
}

func TestSimulatedTimeStandsStillUntilItBeginsAndRunsAtItsRateThen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := simulate(t, filepath.Join(t.TempDir(), "clock"), 3600)
		time.Sleep(time.Hour)
		wantNow(t, s, start)
		s.Begin()
		wantNow(t, s, start)
		time.Sleep(2 * time.Second)
		s.Begin()
		wantNow(t, s, start.Add(2*time.Hour))
		time.Sleep(3 * time.Second)
		wantNow(t, s, start.Add(5*time.Hour))
		time.Sleep(time.Second)
		if err := errors.Join(s.Close(), s.Close()); err != nil {
			t.Fatal(err)
		}
		wantNow(t, s, start.Add(5*time.Hour))
	})
}

func TestSimulatedTimeStandsAtAnAlarmUntilItsOwnerIsDone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := simulate(t, filepath.Join(t.TempDir(), "clock"), 86400)
		a := s.NewAlarm("publish")
		at := start.Add(36*time.Hour + 1)
		a.Set(at)
		s.Begin()
		if got := <-a.C(); !got.Equal(at) {
			t.Fatalf("got %s, want %s", got, at)
		}
		wantNow(t, s, at)
		time.Sleep(time.Hour) // a slow owner
		wantNow(t, s, at)
		if held := s.Held(); !slices.Equal(held, []string{"publish"}) {
			t.Fatalf("held by %v", held)
		}
		a.Clear()
		time.Sleep(time.Second)
		wantNow(t, s, at.Add(24*time.Hour))
		if held := s.Held(); len(held) > 0 {
			t.Fatalf("held by %v", held)
		}
	})
}

func TestTwoAlarmsAtOneInstantAreBothAwaited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := simulate(t, filepath.Join(t.TempDir(), "clock"), 60)
		a, b := s.NewAlarm("a"), s.NewAlarm("b")
		at := start.Add(time.Hour)
		a.Set(at)
		b.Set(at)
		s.Begin()
		<-a.C()
		<-b.C()
		a.Clear()
		time.Sleep(time.Hour)
		wantNow(t, s, at)
		b.Set(at.Add(time.Minute))
		<-b.C()
		wantNow(t, s, at.Add(time.Minute))
	})
}

func TestAnAlarmForThePastGoesOffAtOnceAndHoldsTheClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := simulate(t, filepath.Join(t.TempDir(), "clock"), 60)
		s.Begin()
		time.Sleep(time.Minute)
		now := s.Now()
		a := s.NewAlarm("late")
		a.Set(start)
		if got := <-a.C(); !got.Equal(start) {
			t.Fatalf("got %s", got)
		}
		time.Sleep(time.Minute)
		wantNow(t, s, now)
		a.Clear()
		time.Sleep(time.Second)
		wantNow(t, s, now.Add(time.Minute))
	})
}

func TestAnAlarmIsSetExactlyThoughTheClockRanOnUnseen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := simulate(t, filepath.Join(t.TempDir(), "clock"), 86400)
		s.Begin()
		now := s.Now()
		time.Sleep(time.Second) // the owner works out when it is due: a day
		a := s.NewAlarm("slow")
		a.Set(now.Add(time.Hour))
		<-a.C()
		wantNow(t, s, now.Add(time.Hour))
	})
}

func TestAnAlarmSetAgainTakesBackWhatWasNotCollected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := simulate(t, filepath.Join(t.TempDir(), "clock"), 60)
		a := s.NewAlarm("a")
		a.Set(start.Add(time.Minute))
		s.Begin()
		time.Sleep(time.Minute)
		a.Set(start.Add(time.Hour))
		if got := <-a.C(); !got.Equal(start.Add(time.Hour)) {
			t.Fatalf("got %s", got)
		}
		a.Set(start)
		a.Clear()
		a.Clear()
		wantSilent(t, a)
	})
}

func TestAFarAlarmIsReachedAndOneBeyondReachHoldsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := simulate(t, filepath.Join(t.TempDir(), "clock"), mostRate)
		a, far := s.NewAlarm("a"), s.NewAlarm("far")
		at := start.AddDate(250, 0, 0)
		a.Set(at)
		far.Set(instant("9999-12-31T00:00:00Z"))
		s.Begin()
		<-a.C()
		wantNow(t, s, at)
		wantSilent(t, far)
	})
}

func TestARestartGoesOnFromTheMarkAndIgnoresTheStart(t *testing.T) {
	for name, stop := range map[string]func(*Simulated) error{
		"after a crash": func(*Simulated) error { return nil },
		"after a close": (*Simulated).Close,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				file := filepath.Join(t.TempDir(), "clock")
				s := simulate(t, file, 3600)
				s.Begin()
				time.Sleep(10 * time.Second)
				told := s.Now()
				if err := stop(s); err != nil {
					t.Fatal(err)
				}
				mark, found, err := ReadMark(file)
				if err != nil || !found || mark.Before(told) || mark.After(told.Add(3600*reserve)) || (s.closed && !mark.Equal(told)) {
					t.Fatalf("told %s, mark %s, %v, %v", told, mark, found, err)
				}
				again := simulate(t, file, 1)
				wantNow(t, again, mark)
				time.Sleep(time.Hour) // nothing runs before it begins
				wantNow(t, again, mark)
			})
		})
	}
}

func TestTheStartIsRaisedToTheNewestEventBeforeItBegins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "clock")
		s := simulate(t, file, 60)
		for _, at := range []time.Time{start.Add(time.Hour), start.Add(-time.Hour)} {
			if err := s.NotBefore(at); err != nil {
				t.Fatal(err)
			}
			wantNow(t, s, start.Add(time.Hour))
		}
		s.Begin()
		if err := s.NotBefore(start.AddDate(1, 0, 0)); !fault.Is(err, fault.Refused) {
			t.Fatalf("got %v", err)
		}
		wantNow(t, simulate(t, file, 60), start.Add(time.Hour))
	})
}

func TestTheMarkNeverPassesASetAlarmEvenIfItWasThereFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "clock")
		s := simulate(t, file, 86400)
		s.Begin()
		time.Sleep(time.Second)
		now := s.Now() // reserves six hours
		at := now.Add(time.Hour)
		s.NewAlarm("a").Set(at)
		mark, _, err := ReadMark(file)
		if err != nil || mark.Before(now) || mark.After(at) {
			t.Fatalf("mark %s is not between %s and %s: %v", mark, now, at, err)
		}
	})
}

func TestAClockThatCannotWriteItsMarkStandsStillAndSaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "gone")
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		s := simulate(t, filepath.Join(dir, "clock"), 60)
		a := s.NewAlarm("a")
		a.Set(start.Add(time.Hour))
		s.Begin()
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		<-s.Failed() // the alarm is due, and must not go off
		wantNow(t, s, start)
		wantSilent(t, a)
		time.Sleep(time.Hour)
		a.Set(start.Add(2 * time.Hour))
		wantNow(t, s, start)
		a.Clear()
		if err := s.Err(); !fault.Is(err, fault.Unavailable) || !errors.Is(err, os.ErrNotExist) {
			t.Fatalf("got %v", err)
		}
	})
}

func TestABadSimulationIsRefused(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "clock")
	for name, cfg := range map[string]SimulatedConfig{
		"no file":    {Start: start, Rate: 1},
		"no start":   {File: file, Rate: 1},
		"no rate":    {File: file, Start: start},
		"backwards":  {File: file, Start: start, Rate: -1},
		"not a rate": {File: file, Start: start, Rate: math.NaN()},
		"too fast":   {File: file, Start: start, Rate: math.Inf(1)},
		"unreadable": {File: write(t, filepath.Join(dir, "bad"), "yesterday"), Start: start, Rate: 1},
		"empty file": {File: write(t, filepath.Join(dir, "empty"), ""), Start: start, Rate: 1},
	} {
		if _, err := NewSimulated(cfg); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := NewSimulated(SimulatedConfig{File: filepath.Join(dir, "no", "clock"), Start: start, Rate: 1}); err == nil {
		t.Error("a clock without a folder was made")
	}
}

func write(t *testing.T, file, text string) string {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// Owners with instants of their own and work that takes real time: each finds the clock at its instant when it wakes and when it is
// done, none is missed, the clock never goes back, and no mark on disk is beyond what is still to be done.
func TestEveryAlarmIsMetAtItsInstantWhateverTheWorkTakes(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(r *rapid.T) {
		file := filepath.Join(dir, "clock")
		if err := os.RemoveAll(file); err != nil {
			r.Fatal(err)
		}
		rate := rapid.SampledFrom([]float64{0.5, 1, 60, 86400, mostRate}).Draw(r, "rate")
		owners := rapid.SliceOfN(rapid.Custom(drawOwner), 1, 6).Draw(r, "owners")
		synctest.Test(t, func(t *testing.T) { meetAll(t, r, file, rate, owners) })
	})
}

type owner struct {
	instants []time.Duration // after the start, ascending
	work     []time.Duration // in real time
}

func drawOwner(r *rapid.T) owner {
	o := owner{instants: rapid.SliceOfN(rapid.Custom(func(r *rapid.T) time.Duration {
		return time.Duration(rapid.Int64Range(1, int64(40*24*time.Hour)).Draw(r, "instant"))
	}), 1, 6).Draw(r, "instants")}
	slices.Sort(o.instants)
	for range o.instants {
		o.work = append(o.work, time.Duration(rapid.Int64Range(0, int64(time.Minute)).Draw(r, "work")))
	}
	return o
}

func meetAll(t *testing.T, r *rapid.T, file string, rate float64, owners []owner) {
	s := simulate(t, file, rate)
	var problems sync.Map
	var group sync.WaitGroup
	for i, o := range owners {
		a := s.NewAlarm("owner")
		a.Set(start.Add(o.instants[0]))
		group.Go(func() {
			if problem := meet(s, a, o, file); problem != "" {
				problems.Store(i, problem)
			}
		})
	}
	s.Begin()
	group.Wait()
	problems.Range(func(i, problem any) bool {
		r.Fatalf("owner %v: %v", i, problem)
		return false
	})
}

func meet(s *Simulated, a Alarm, o owner, file string) string {
	for i, after := range o.instants {
		want := start.Add(after)
		if got := <-a.C(); !got.Equal(want) {
			return "woke for " + got.String() + ", not " + want.String()
		}
		for range 2 {
			if now := s.Now(); !now.Equal(want) {
				return "it is " + now.String() + ", not " + want.String()
			}
			time.Sleep(o.work[i])
		}
		if mark, _, err := ReadMark(file); err != nil || !mark.Equal(want) {
			return "mark " + mark.String() + " is not " + want.String()
		}
		if i+1 < len(o.instants) {
			a.Set(start.Add(o.instants[i+1]))
		}
	}
	a.Clear()
	return ""
}

// A process that crashes at any moment and starts again from its file, with owners that know what they have finished, does everything
// due at its instant, and what was not finished again.
func TestACrashJumpsOverNothingDue(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(r *rapid.T) {
		file := filepath.Join(dir, "clock")
		if err := os.RemoveAll(file); err != nil {
			r.Fatal(err)
		}
		o := drawOwner(r)
		lives := rapid.SliceOfN(rapid.Int64Range(0, int64(10*time.Second)), 1, 12).Draw(r, "lives")
		rate := rapid.SampledFrom([]float64{86400, 1e6}).Draw(r, "rate")
		synctest.Test(t, func(t *testing.T) {
			done, told := 0, start
			for i := 0; done < len(o.instants); i++ {
				life := time.Duration(lives[i%len(lives)]) + time.Duration(i)*time.Second
				live(t, r, simulate(t, file, rate), life, o, &done, &told)
			}
		})
	})
}

// live runs one life of the process: work until it is over, then crash.
func live(t *testing.T, r *rapid.T, s *Simulated, life time.Duration, o owner, done *int, told *time.Time) {
	t.Helper()
	defer func() { s.mu.Lock(); s.closed = true; s.stopTimer(); s.mu.Unlock() }() // no more life in it, and nothing tidied up
	a := s.NewAlarm("owner")
	a.Set(start.Add(o.instants[*done]))
	s.Begin()
	crash := time.After(life)
	for *done < len(o.instants) {
		if now := s.Now(); now.Before(*told) {
			r.Fatalf("went back from %s to %s", *told, now)
		} else {
			*told = now
		}
		select {
		case <-crash:
			return
		case at := <-a.C():
			if now := s.Now(); !at.Equal(start.Add(o.instants[*done])) || !now.Equal(at) {
				r.Fatalf("instant %d: woke for %s at %s", *done, at, now)
			}
		case <-time.After(3 * time.Second):
			continue
		}
		select {
		case <-crash:
			return
		case <-time.After(o.work[*done] % time.Second):
		}
		*done++
		if *done < len(o.instants) {
			a.Set(start.Add(o.instants[*done]))
		}
	}
}

func TestAMarkIsReplacedWhole(t *testing.T) {
	file := filepath.Join(t.TempDir(), "clock")
	if _, found, err := ReadMark(file); found || err != nil {
		t.Fatalf("found %v, %v", found, err)
	}
	for _, at := range []time.Time{start, start.Add(1), start.Add(-time.Hour)} {
		if err := writeMark(file, at); err != nil {
			t.Fatal(err)
		}
		if mark, found, err := ReadMark(file); err != nil || !found || !mark.Equal(at) {
			t.Fatalf("mark %s, want %s: %v", mark, at, err)
		}
	}
	names, err := os.ReadDir(filepath.Dir(file))
	if err != nil || len(names) != 1 || strings.HasSuffix(names[0].Name(), ".new") {
		t.Fatalf("%v, %v", names, err)
	}
}

func TestAlarmsThatAreSetAreNamedBeforeTheClockBegins(t *testing.T) {
	s, err := NewSimulated(SimulatedConfig{File: filepath.Join(t.TempDir(), "clock"), Start: time.Date(2026, 9, 20, 0, 0, 0, 0, time.UTC), Rate: 1})
	if err != nil {
		t.Fatal(err)
	}
	scheduler, crawl := s.NewAlarm("scheduler"), s.NewAlarm("crawl")
	if got := s.Alarms(); len(got) != 0 {
		t.Errorf("nobody has set one: %v", got)
	}
	scheduler.Set(s.Now())
	crawl.Set(s.Now().Add(time.Hour))
	if got := s.Alarms(); len(got) != 2 {
		t.Errorf("set: %v", got)
	}
	crawl.Clear()
	if got := s.Alarms(); len(got) != 1 || got[0] != "scheduler" {
		t.Errorf("after one was cleared: %v", got)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}
