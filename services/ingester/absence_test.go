package ingester_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// What is missing is retired in time however often the process dies on the way, and at whatever step.
func TestAbsencesOutliveTheProcessThatCountedThem(t *testing.T) {
	for _, step := range []string{"before the state is written", "before it is published", "after it is published", "after all"} {
		for _, changing := range []bool{false, true} {
			t.Run(fmt.Sprint(step, ", other changes: ", changing), func(t *testing.T) {
				b := newBundle(t)
				g := b.ingester(t)
				b.source.Set(append(others(20), row("a", "1"))...)
				crawl(t, g)
				for day := range 5 {
					b.clock.move(24 * time.Hour)
					rows := others(20)
					if changing {
						rows = append(rows, row("b", fmt.Sprint(day+1)))
					}
					b.source.Set(rows...)
					left := copyFolder(t, b.cfg.Folder)
					b.die(t, g, step, errDead, &left)
					b.cfg.Folder = left
					g = b.ingester(t)
					crawl(t, g)
				}
				var retired []string
				for _, line := range b.story(t) {
					if strings.Contains(line, "retired") {
						retired = append(retired, line)
					}
				}
				if len(retired) != 1 || retired[0] != "09-24T00 a retired none" {
					t.Errorf("%v in\n%s", retired, strings.Join(b.story(t)[21:], "\n"))
				}
			})
		}
	}
}
