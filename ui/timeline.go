package ui

import (
	"sort"
	"time"

	"sotto/session"
	"sotto/store"
)

// timeline shows the messages of the open chat. It lays them out from the
// bottom up and touches only what is visible, so that a chat of any length
// costs the same.
//
// Where it stands is an anchor: the message at the bottom edge, by its id. What
// arrives below, comes in above or changes its place elsewhere does not move
// what is being read. At the end there is no anchor: it follows.
type timeline struct {
	l    *look
	m    *model
	wrap blocks
	ink  ink

	chat    store.ChatID
	w, h    int  // of the last draw; 0: none yet
	opening bool // a chat was opened and its rows have not been placed yet

	follow bool
	anchor anchor
	newAt  int   // the first unread row; -1: none is known
	seen   int64 // the ord up to which rows stood above the bottom edge

	picked  store.MessageID   // the message that is marked; 0: none
	chosen  []store.Message   // those that are chosen together, as they were then
	ignored []session.Ignored // whose lines are folded away in this chat

	shows     shows             // how texts are shown in this chat
	uncovered []store.MessageID // spoilers that are not hidden

	open  store.Chat // of the frame being drawn
	shown []shownRow // reused by draw
}

// anchor is the message at the bottom edge, and how many of its lines are below it.
type anchor struct {
	id    store.MessageID
	ord   int64
	at    int // its row; true until the rows change
	below int
}

// sameGroup is how long a sender keeps the floor without a new header.
const sameGroup = 5 * time.Minute

func newTimeline(l *look, m *model) *timeline {
	return &timeline{l: l, m: m, follow: true, newAt: -1}
}

func (t *timeline) rows() []store.Message { return t.m.window.rows }

// changed brings the timeline up to the rows of the window, which may be those
// of another chat.
func (t *timeline) changed() {
	w := &t.m.window
	if w.chat != t.chat || !w.loaded {
		t.chat = w.chat
		t.opening, t.follow, t.seen, t.uncovered = true, true, 0, nil
	}
	t.useIgnored()
	t.findNew()
	if t.opening && w.loaded && t.h > 0 {
		t.begin()
	}
	if !t.follow {
		t.resolve()
	}
	t.noteSeen()
}

// begin places a chat that was just opened: at the end, unless the first
// unread line would be out of sight there.
func (t *timeline) begin() {
	t.opening, t.follow = false, true
	if t.newAt < 0 {
		return
	}
	lines := 0
	for i := len(t.rows()) - 1; i >= t.newAt; i-- {
		if lines += t.height(i); lines > t.h {
			t.toUnread()
			return
		}
	}
}

// findNew finds where the line "new" goes: above the first message of others
// that was not read. Where that may lie before the window there is none.
func (t *timeline) findNew() {
	t.newAt = -1
	w := &t.m.window
	if w.readOrd == 0 {
		return
	}
	from := sort.Search(len(w.rows), func(i int) bool { return w.rows[i].Ord > w.readOrd })
	if from == 0 && !w.oldest {
		return
	}
	for i := from; i < len(w.rows); i++ {
		if !w.rows[i].Outgoing && w.rows[i].Kind == store.Text && !t.folded(i) {
			t.newAt = i
			return
		}
	}
}

// resolve finds the anchor's row again: by its place, else by its id, else the
// nearest that is left.
func (t *timeline) resolve() {
	rows := t.rows()
	if len(rows) == 0 {
		t.follow = true
		return
	}
	i := sort.Search(len(rows), func(i int) bool { return rows[i].Ord >= t.anchor.ord })
	if i < len(rows) && rows[i].ID == t.anchor.id {
		t.anchor.at = i
		return
	}
	for j := range rows {
		if rows[j].ID == t.anchor.id {
			t.anchor.at, t.anchor.ord = j, rows[j].Ord
			return
		}
	}
	t.hold(max(0, min(i, len(rows)-1)), 0)
}

// hold anchors the view.
func (t *timeline) hold(at, below int) {
	m := &t.rows()[at]
	t.follow = false
	t.anchor = anchor{m.ID, m.Ord, at, below}
}

// bottom is the row at the bottom edge and its lines below that; -1: no row.
func (t *timeline) bottom() (at, below int) {
	rows := t.rows()
	if t.follow || len(rows) == 0 {
		return len(rows) - 1, 0
	}
	if t.anchor.at >= len(rows) || rows[t.anchor.at].ID != t.anchor.id {
		t.resolve() // somebody changed the rows and did not say so
	}
	return t.anchor.at, max(0, min(t.anchor.below, t.height(t.anchor.at)-1))
}

// page scrolls by what is visible less two lines, so that the eye finds its place.
func (t *timeline) page(dir int) { t.scroll(dir * max(1, t.h-2)) }

func (t *timeline) line(dir int) { t.scroll(dir) }

func (t *timeline) toEnd() { t.follow, t.opening = true, false }

// toUnread puts the line "new" at the top.
func (t *timeline) toUnread() {
	switch {
	case len(t.rows()) == 0 || t.h == 0:
	case t.newAt >= 0:
		t.fromTop(t.newAt)
	case t.m.window.readOrd != 0 && t.rows()[0].Ord > t.m.window.readOrd:
		t.fromTop(0) // it lies further up; the pager will bring it
	}
}

// scroll moves the view; below 0 is up.
func (t *timeline) scroll(by int) {
	if len(t.rows()) == 0 || t.h == 0 {
		return
	}
	at, below := t.bottom()
	below -= by
	for below < 0 {
		if at == len(t.rows())-1 {
			t.reachEnd()
			return
		}
		at++
		below += t.height(at)
	}
	for below >= t.height(at) {
		if at == 0 {
			t.fromTop(0)
			return
		}
		below -= t.height(at)
		at--
	}
	if at == len(t.rows())-1 && below == 0 {
		t.reachEnd()
		return
	}
	t.hold(at, below)
	if by < 0 && t.above(at, t.height(at)-below, t.h) < t.h {
		t.fromTop(0)
	}
}

// reachEnd stops at the last row: at the end of the chat it follows from here.
func (t *timeline) reachEnd() {
	if t.m.window.newest {
		t.follow = true
		return
	}
	t.hold(len(t.rows())-1, 0)
}

// fromTop anchors the view so that a row begins at the top edge.
func (t *timeline) fromTop(at int) {
	lines := 0
	for ; at < len(t.rows()); at++ {
		h := t.height(at)
		if lines+h >= t.h {
			if over := lines + h - t.h; over > 0 || at < len(t.rows())-1 || !t.m.window.newest {
				t.hold(at, over)
				return
			}
		}
		lines += h
	}
	t.reachEnd()
}

// above counts the lines from the top of row at, have of which it has itself,
// up to enough.
func (t *timeline) above(at, have, enough int) int {
	for at--; at >= 0 && have < enough; at-- {
		have += t.height(at)
	}
	return have
}

// atEnd says that the end of the chat is in view, and new rows scroll in.
func (t *timeline) atEnd() bool { return t.follow && !t.opening && t.m.window.newest }

// nearTop says that the older rows will soon be wanted.
func (t *timeline) nearTop() bool {
	if t.m.window.oldest || t.h == 0 || len(t.rows()) == 0 {
		return false
	}
	at, below := t.bottom()
	enough := 3 * t.h // the screen itself and two above
	return at < enough && t.above(at, t.height(at)-below, enough) < enough
}

// atTop says that the first row of all is on the screen.
func (t *timeline) atTop() bool {
	if !t.m.window.oldest || t.h == 0 {
		return false
	}
	at, below := t.bottom()
	return at < 0 || t.above(at, t.height(at)-below, t.h+1) <= t.h
}

// nearBottom says that the newer rows will soon be wanted.
func (t *timeline) nearBottom() bool {
	if t.m.window.newest || t.h == 0 || len(t.rows()) == 0 {
		return false
	}
	at, below := t.bottom()
	for enough := 2 * t.h; below < enough; {
		if at++; at >= len(t.rows()) {
			return true
		}
		below += t.height(at)
	}
	return false
}

// unsentOrd is where the ords of rows that no server has yet begin.
const unsentOrd = int64(1) << 61

// noteSeen remembers how far down somebody could have read.
func (t *timeline) noteSeen() {
	if t.h == 0 || t.opening {
		return
	}
	at, _ := t.bottom()
	for ; at >= 0; at-- {
		if ord := t.rows()[at].Ord; ord < unsentOrd {
			t.seen = max(t.seen, ord)
			return
		}
	}
}

// waiting counts the messages of others below the bottom edge that were never
// above it, up to most.
func (t *timeline) waiting(most int) (n int) {
	rows := t.rows()
	from := sort.Search(len(rows), func(i int) bool { return rows[i].Ord > t.seen })
	for i := from; i < len(rows) && n < most; i++ {
		if !rows[i].Outgoing && rows[i].Kind == store.Text && !t.folded(i) {
			n++
		}
	}
	return n
}
