package materializer

import (
	"go.uber.org/zap"

	"github.com/pricewire/pricewire/pkg/history"
)

// publication is a release, or the n-th withdrawal of one: what becomes visible as a whole.
type publication struct {
	release    string
	withdrawal int // 0: the release itself
}

// audit raises the alarm for releases and withdrawals that stay invisible because they, or one of their changes, were rejected.
func (w *writer) audit(rows *history.Rows) {
	if len(rows.Releases)+len(rows.Withdrawals) == 0 {
		return
	}
	there := map[publication]int{}
	for i := range rows.PriceChanges {
		if c := &rows.PriceChanges[i]; !w.mark.Rejected[c.Sequence] {
			there[publication{c.Release, c.Withdrawal}]++
		}
	}
	for i := range rows.ItemChanges {
		if c := &rows.ItemChanges[i]; !w.mark.Rejected[c.Sequence] {
			there[publication{c.Release, c.Withdrawal}]++
		}
	}
	for i := range rows.Releases {
		r := &rows.Releases[i]
		w.complete(publication{r.Release, 0}, r.Sequence, r.Changed, there)
	}
	for i := range rows.Withdrawals {
		r := &rows.Withdrawals[i]
		w.complete(publication{r.Release, r.Withdrawal}, r.Sequence, r.Changed, there)
	}
}

func (w *writer) complete(p publication, sequence uint64, changes int, there map[publication]int) {
	if changes == there[p] && !w.mark.Rejected[sequence] {
		return
	}
	w.desk.note(func(h *Health) { h.Incomplete++ })
	w.log.Error("release stays invisible: it is not all there", zap.String("release", p.release), zap.Int("withdrawal", p.withdrawal),
		zap.Uint64("seq", sequence), zap.Int("changes", changes), zap.Int("there", there[p]))
}
