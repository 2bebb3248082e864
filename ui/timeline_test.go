package ui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gdamore/tcell/v2"

	"sotto/store"
)

// chatOf is a model with one open chat.
func chatOf(kind store.ChatKind, rows ...store.Message) *model {
	m := newModel()
	m.chats = []store.Chat{{ID: 7, ChatKey: store.ChatKey{Account: 1, Kind: kind, JID: "bob@example.org"}, Open: true}}
	m.contacts[who{1, "bob@example.org"}] = store.Contact{Account: 1, JID: "bob@example.org", Name: "bob"}
	m.chat = 7
	m.window = window{chat: 7, rows: rows, oldest: true, newest: true, loaded: true}
	return m
}

// clock gives the µs of a time on the day of the tests.
func clock(t string) int64 {
	at, err := time.Parse("15:04:05", t)
	if err != nil {
		panic(err)
	}
	return time.Date(2025, 11, 22, at.Hour(), at.Minute(), at.Second(), 0, time.UTC).UnixMicro()
}

func in(id int, at, body string) store.Message {
	return store.Message{ID: store.MessageID(id), Chat: 7, Ord: int64(id) * 10, Sender: "bob@example.org", Body: body, Stamp: clock(at)}
}

func out(id int, at, body string, state store.State) store.Message {
	return store.Message{ID: store.MessageID(id), Chat: 7, Ord: int64(id) * 10, Outgoing: true, Sender: "alice@example.org", Body: body, Stamp: clock(at), State: state}
}

// timed opens a timeline on a canvas.
func timed(t testing.TB, m *model, w, h int) (*timeline, func() []string) {
	t.Helper()
	s := canvas(t, w, h)
	tl := newTimeline(testLook(t), m)
	tl.changed()
	show := func() []string {
		s.Clear()
		tl.draw(s, rect{0, 0, w, h})
		return dumpLines(s)
	}
	show()
	return tl, show
}

// numbered is n messages of a minute each, all by the same sender.
func numbered(n int) (rows []store.Message) {
	start := clock("00:00:00")
	for i := 1; i <= n; i++ {
		rows = append(rows, store.Message{ID: store.MessageID(i), Chat: 7, Ord: int64(i) * 10, Sender: "bob@example.org", Body: fmt.Sprintf("message %d", i),
			Stamp: start + int64(i)*1e6})
	}
	return rows
}

func conversation() []store.Message {
	yesterday := in(1, "21:15:00", "see you tomorrow")
	yesterday.Stamp -= 24 * 3600 * 1e6
	failed := out(9, "13:50:00", "this one is lost", store.Failed)
	failed.Error = "remote-server-not-found"
	secret := in(11, "13:51:20", "")
	secret.NoBody, secret.Enc, secret.EncError = true, "OMEMO", "not-supported"
	gone := in(12, "13:51:30", "")
	gone.NoBody = true
	mention := in(13, "13:58:00", "alice: are you there?")
	mention.Mention = true
	return []store.Message{yesterday,
		in(2, "13:40:00", "hello, first message"),
		in(3, "13:40:20", "second message of the same minute, which is long enough to be broken into lines at most widths, and then some"),
		out(4, "13:41:00", "reply with a quote", store.Displayed),
		out(5, "13:41:30", "and more", store.Delivered),
		in(6, "13:44:00", "> reply with a quote\nfine, see https://example.org/x, or (https://en.wikipedia.org/wiki/Go_(game))."),
		in(7, "13:45:00", "/me waves"),
		in(8, "13:46:00", "日本語のテキスト, e\u0301te\u0301, שלום עולם, 👩\u200d👩\u200d👧 ok"),
		failed,
		out(10, "13:51:00", "perhaps", store.Unsure),
		secret, gone, mention,
		out(14, "13:59:00", "yes, a moment", store.Queued)}
}

func TestTimelineGolden(t *testing.T) {
	for _, size := range []struct {
		name string
		w, h int
	}{{"wide", 91, 38}, {"middle", 59, 22}, {"narrow", 40, 16}, {"tall", 40, 60}} {
		t.Run(size.name, func(t *testing.T) {
			m := chatOf(store.Direct, conversation()...)
			m.window.readOrd = 60
			tl, show := timed(t, m, size.w, size.h)
			tl.toEnd()
			golden(t, "panes/timeline-"+size.name, strings.Join(show(), "\n")+"\n")
		})
	}
	t.Run("ascii", func(t *testing.T) {
		tl, show := timed(t, chatOf(store.Direct, conversation()...), 59, 40)
		tl.l.ascii = true
		golden(t, "panes/timeline-ascii", strings.Join(show(), "\n")+"\n")
	})
	t.Run("room", func(t *testing.T) {
		say := func(id int, at, nick, body string) store.Message {
			m := in(id, at, body)
			m.Sender, m.Nick = "room@rooms.example/"+nick, nick
			return m
		}
		kicked := say(4, "13:02:00", "mallory", "spam")
		kicked.Kind, kicked.Notice, kicked.RealJID = store.Notice, "kicked", "carol"
		own := out(5, "13:03:00", "thanks", store.Sent)
		own.Nick = "alice"
		shouted := say(6, "13:04:00", "a very long nick indeed", "alice: look")
		shouted.Mention = true
		rows := []store.Message{say(1, "13:00:00", "carol", "hi"), say(2, "13:00:10", "dave", "hi"), say(3, "13:01:00", "dave", "again"), kicked, own, shouted}
		m := chatOf(store.Room, rows...)
		_, show := timed(t, m, 91, 12)
		golden(t, "panes/timeline-room-wide", strings.Join(show(), "\n")+"\n")
		_, show = timed(t, m, 40, 20)
		golden(t, "panes/timeline-room-narrow", strings.Join(show(), "\n")+"\n")
	})
}

func TestTimelineEmpty(t *testing.T) {
	m := chatOf(store.Direct)
	m.window.loaded = false
	tl, show := timed(t, m, 40, 4)
	if got := show()[0]; got != " Reading…" {
		t.Errorf("got %q", got)
	}
	if tl.atEnd() {
		t.Error("at the end of what is not read yet")
	}
	m.window.loaded = true
	tl.changed()
	if got := show()[0]; got != " No messages yet." || !tl.atEnd() {
		t.Errorf("got %q, at end %v", got, tl.atEnd())
	}
	for range 3 { // nothing to move, nothing to fall over
		tl.page(-1)
		tl.line(1)
		tl.toUnread()
		tl.nearTop()
		tl.nearBottom()
	}
}

func TestTimelineFollowsTheEnd(t *testing.T) {
	m := chatOf(store.Direct, numbered(50)...)
	tl, show := timed(t, m, 60, 10)
	if got := show(); !strings.HasSuffix(got[9], "message 50") || !tl.atEnd() {
		t.Fatalf("got %q", got)
	}
	m.window.rows = numbered(51)
	tl.changed()
	if got := show(); !strings.HasSuffix(got[9], "message 51") || !strings.HasSuffix(got[0], "message 42") {
		t.Errorf("got %q", got)
	}
}

func TestTimelineStartsAtTheTop(t *testing.T) {
	_, show := timed(t, chatOf(store.Direct, in(1, "13:00:00", "one")), 60, 10)
	if got := show(); !strings.Contains(got[0], "Sat 22 November") || !strings.HasSuffix(got[1], "one") {
		t.Errorf("got %q", got)
	}
}

// What is read stays where it is, whatever comes in.
func TestTimelineHoldsStill(t *testing.T) {
	rows := numbered(100)
	m := chatOf(store.Direct, rows...)
	tl, show := timed(t, m, 60, 10)
	tl.page(-1)
	tl.page(-1)
	tl.line(-1)
	before := show()
	if !strings.Contains(before[9], "message 83") {
		t.Fatalf("got %q", before)
	}
	same := func(what string) {
		t.Helper()
		got := show()
		for i := range 9 { // the last line has the sign that more came
			if got[i] != before[i] {
				t.Fatalf("%s: line %d was %q, is %q", what, i, before[i], got[i])
			}
		}
		if !strings.HasPrefix(got[9], before[9][:len("                  message 83")]) {
			t.Fatalf("%s: last line is %q", what, got[9])
		}
	}
	more := numbered(103)
	more[101].Outgoing = true
	m.window.rows = more
	tl.changed()
	same("arrival")
	if got := show()[9]; !strings.HasSuffix(got, "↓ 2 new") {
		t.Errorf("got %q", got)
	}
	older := append([]store.Message{{ID: 900, Ord: 1, Body: "old", Sender: "x", Stamp: clock("00:00:00")}, {ID: 901, Ord: 2, Body: "old", Sender: "x"}}, more...)
	m.window.rows = older
	tl.changed()
	same("older rows")
	// A row below and one above change places; the numbers of the rest too.
	moved := append([]store.Message(nil), older...)
	moved[100], moved[101] = moved[101], moved[100]
	moved[5], moved[6] = moved[6], moved[5]
	for i := range moved {
		moved[i].Ord = int64(i)*7 + 3
	}
	m.window.rows = moved
	tl.changed()
	same("reorder")
	edited := append([]store.Message(nil), moved...)
	edited[98].Body, edited[98].Rev = strings.Repeat("long ", 100), 2
	edited[2].Body, edited[2].Rev = strings.Repeat("long ", 100), 2
	m.window.rows = edited
	tl.changed()
	same("edit elsewhere")
	trimmed := edited[40:]
	m.window.rows, m.window.oldest = trimmed, false
	tl.changed()
	same("trimmed above")
	for !tl.atEnd() {
		tl.page(1)
		show()
	}
	if got := show(); strings.Contains(got[9], "↓") || !strings.HasSuffix(got[9], "message 103") {
		t.Errorf("at the end: %q", got)
	}
}

// The anchor's own row may move, or go.
func TestTimelineAnchorMovesAndGoes(t *testing.T) {
	m := chatOf(store.Direct, numbered(100)...)
	tl, show := timed(t, m, 60, 10)
	for range 5 {
		tl.page(-1)
	}
	show()
	anchor := tl.anchor.id
	rows := numbered(100)
	i := int(anchor) - 1
	gone := append(append([]store.Message(nil), rows[:i]...), rows[i+1:]...)
	moved := rows[i]
	moved.Ord = rows[20].Ord + 1
	m.window.rows = append(append(append([]store.Message(nil), gone[:21]...), moved), gone[21:]...)
	tl.changed()
	if got := show()[9]; !strings.Contains(got, fmt.Sprintf("message %d", anchor)) {
		t.Errorf("the anchor moved; last line is %q", got)
	}
	m.window.rows = gone
	tl.changed()
	if got := show()[9]; !strings.Contains(got, "message 2") {
		t.Errorf("the anchor went; last line is %q", got)
	}
}

func TestTimelineScrollsToBothEnds(t *testing.T) {
	rows := numbered(40)
	rows[20].Body = strings.Repeat("word ", 100) // higher than the pane
	m := chatOf(store.Direct, rows...)
	tl, show := timed(t, m, 40, 8)
	var up []string
	for range 100 {
		tl.line(-1)
		up = append(up, strings.Join(show(), "\n"))
	}
	if got := show(); !strings.Contains(got[0], "Sat 22 Nov") {
		t.Errorf("the top is %q", got)
	}
	if tl.atEnd() {
		t.Error("at the top, and at the end")
	}
	for range 100 {
		tl.line(1)
		show()
	}
	if !tl.atEnd() {
		t.Error("not at the end")
	}
	// Each step moved by one line: line k of a step is line k-1 of the one before.
	for i := 1; i < 40; i++ {
		a, b := strings.Split(up[i-1], "\n"), strings.Split(up[i], "\n")
		for k := 1; k < 6; k++ { // line 0 names the sender
			if a[k] != b[k+1] {
				t.Fatalf("step %d moved more than a line:\n%s\n\n%s", i, up[i-1], up[i])
			}
		}
	}
}

func TestTimelineResize(t *testing.T) {
	rows := numbered(200)
	for i := range rows {
		rows[i].Body = fmt.Sprintf("m%03d %s", i, strings.Repeat("word ", i%30))
	}
	m := chatOf(store.Direct, rows...)
	s := canvas(t, 120, 40)
	tl := newTimeline(testLook(t), m)
	tl.changed()
	tl.draw(s, rect{0, 0, 100, 20})
	tl.page(-1)
	tl.page(-1)
	tl.draw(s, rect{0, 0, 100, 20})
	id := tl.anchor.id
	for w := 5; w < 120; w += 3 {
		for h := 1; h < 40; h += 7 {
			tl.draw(s, rect{0, 0, w, h})
			if tl.anchor.id != id && !tl.follow {
				t.Fatalf("at %dx%d the anchor went from %d to %d", w, h, id, tl.anchor.id)
			}
		}
	}
}

func TestTimelineNewLine(t *testing.T) {
	rows := numbered(6)
	rows[3].Outgoing = true
	tests := []struct {
		read   int64
		oldest bool
		above  string // the text below the line; empty: no line
	}{{30, true, "message 5"}, {20, true, "message 3"}, {0, true, ""}, {60, true, ""}, {1, true, "message 1"}, {1, false, ""}}
	for _, test := range tests {
		m := chatOf(store.Direct, rows...)
		m.window.readOrd, m.window.oldest = test.read, test.oldest
		_, show := timed(t, m, 60, 20)
		below := ""
		lines := show()
		for i, line := range lines {
			if strings.Contains(line, " new ") {
				below = lines[i+1]
			}
		}
		if (test.above == "") != (below == "") || !strings.Contains(below, test.above) {
			t.Errorf("read up to %d: below the line is %q, want %q", test.read, below, test.above)
		}
	}
}

// A chat opens at its first unread line when the end is more than a screen away.
func TestTimelineOpens(t *testing.T) {
	m := chatOf(store.Direct, numbered(100)...)
	m.window.readOrd = 500
	tl, show := timed(t, m, 60, 10)
	if got := show(); !strings.Contains(got[0], " new ") || !strings.Contains(got[1], "message 51") || tl.atEnd() {
		t.Errorf("got %q, at end %v", got, tl.atEnd())
	}
	tl.toEnd()
	if got := show(); !strings.HasSuffix(got[9], "message 100") || !tl.atEnd() {
		t.Errorf("got %q", got)
	}
	tl.toUnread()
	if got := show(); !strings.Contains(got[0], " new ") {
		t.Errorf("got %q", got)
	}
	// The next chat begins anew.
	m.chat, m.window = 8, window{chat: 8}
	tl.changed()
	m.window = window{chat: 8, rows: numbered(30), loaded: true, newest: true, oldest: true, readOrd: 290}
	tl.changed()
	if !tl.atEnd() {
		t.Error("one unread line: not at the end")
	}
}

func TestTimelineNearTheEdges(t *testing.T) {
	m := chatOf(store.Direct, numbered(100)...)
	tl, show := timed(t, m, 60, 10)
	m.window.oldest, m.window.newest = false, false
	tl.changed()
	if tl.nearTop() || !tl.nearBottom() || tl.atEnd() {
		t.Errorf("at the bottom: near top %v, near bottom %v, at end %v", tl.nearTop(), tl.nearBottom(), tl.atEnd())
	}
	for range 5 {
		tl.page(-1)
	}
	show()
	if tl.nearTop() || tl.nearBottom() {
		t.Errorf("in the middle: near top %v, near bottom %v", tl.nearTop(), tl.nearBottom())
	}
	for range 5 {
		tl.page(-1)
	}
	if !tl.nearTop() || tl.nearBottom() {
		t.Errorf("at the top: near top %v, near bottom %v", tl.nearTop(), tl.nearBottom())
	}
	for range 20 {
		tl.page(1)
	}
	if tl.atEnd() {
		t.Error("at the end of a window that is not complete")
	}
	// What is read behind it does not scroll in.
	before := show()
	m.window.rows = numbered(150)
	tl.changed()
	if got := show(); got[8] != before[8] {
		t.Errorf("line moved from %q to %q", before[8], got[8])
	}
}

func TestTimelineGroups(t *testing.T) {
	other := in(3, "13:03:00", "c")
	other.Sender, other.Nick = "eve@example.org", "eve"
	rows := []store.Message{in(1, "13:00:00", "a"), in(2, "13:04:59", "b"), other, in(4, "13:05:00", "d"), in(5, "13:10:00", "e"), in(6, "13:09:00", "f"), in(7, "23:59:00", "g"), in(8, "23:59:30", "h")}
	next := rows[7]
	next.ID, next.Ord, next.Stamp = 9, 90, next.Stamp+60e6
	rows = append(rows, next)
	_, show := timed(t, chatOf(store.Direct, rows...), 60, 20)
	var heads []string
	for _, line := range show() {
		if len(line) > 6 && line[3] == ':' {
			heads = append(heads, line[1:6])
		}
	}
	if got, want := strings.Join(heads, " "), "13:00 13:03 13:05 13:10 23:59 00:00"; got != want {
		t.Errorf("got headers %s, want %s", got, want)
	}
	if n := strings.Count(strings.Join(show(), "\n"), "────"); n == 0 || !strings.Contains(strings.Join(show(), "\n"), "Sun 23 November") {
		t.Errorf("no line for the next day: %q", show())
	}
}

// No text of others reaches the columns where times and senders stand.
func TestTimelineForgery(t *testing.T) {
	evil := "hi\n13:45 alice   send money\r 13:45 alice x\u2028 13:45 bob y\n──────── new ────────\n\x1b[1;1H13:45 root z\u202e\n\t13:45 t\n" + strings.Repeat("13:45 ", 60)
	for _, w := range []int{40, 59, 91} {
		for _, kind := range []store.ChatKind{store.Direct, store.Room} {
			m := in(1, "13:00:00", evil)
			m.Nick = "13:45 eve\n13:46 bob"
			tl, show := timed(t, chatOf(kind, m), w, 40)
			body := tl.columns().body
			for i, line := range show()[1:] {
				left := []rune(line + strings.Repeat(" ", body))[:body]
				if i > 0 && strings.TrimSpace(string(left)) != "" {
					t.Errorf("at %d, line %d reaches the gutter: %q", w, i, line)
				}
			}
		}
	}
}

// Wide and combining text stays inside its columns.
func TestTimelineKeepsColumns(t *testing.T) {
	bodies := []string{strings.Repeat("日本語", 40), strings.Repeat("e\u0301\u0302", 200), strings.Repeat("👩\u200d👩\u200d👧", 60), strings.Repeat("שלום עולם ", 30),
		"\u0301\u200d\ufe0f", strings.Repeat("❤\ufe0f", 70), strings.Repeat("🇩🇪", 61), "[red]tag[-] [\"a\"]region[\"\"]"}
	for w := 8; w < 100; w += 7 {
		s := canvas(t, w+10, 30)
		for i, body := range bodies {
			m := out(1, "13:00:00", body, store.Sent)
			m.ID = store.MessageID(i + 1)
			tl := newTimeline(testLook(t), chatOf(store.Direct, m))
			tl.changed()
			s.Clear()
			fill(s, rect{w, 0, 10, 30}, tcell.StyleDefault.Reverse(true))
			for y := range 30 {
				put(s, w, y, 10, "##########", tcell.StyleDefault)
			}
			tl.draw(s, rect{0, 0, w, 30})
			s.Show()
			cells, cw, _ := s.GetContents()
			for y := range 30 {
				for x := w; x < w+10; x++ {
					if string(cells[y*cw+x].Runes) != "#" {
						t.Fatalf("body %d at width %d spills to %d,%d: %q", i, w, x, y, string(cells[y*cw+x].Runes))
					}
				}
			}
		}
	}
}

func BenchmarkTimelineDraw(b *testing.B) {
	rows := numbered(100000)
	for i := range rows {
		rows[i].Body = strings.Repeat("some words of a message ", 1+i%7)
	}
	for _, n := range []int{100, 100000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			m := chatOf(store.Direct, rows[:n]...)
			tl, _ := timed(b, m, 100, 40)
			s := canvas(b, 100, 40)
			b.ReportAllocs()
			for b.Loop() {
				tl.draw(s, rect{0, 0, 100, 40})
			}
		})
		b.Run(fmt.Sprint("resize-", n), func(b *testing.B) {
			tl, _ := timed(b, chatOf(store.Direct, rows[:n]...), 100, 40)
			s := canvas(b, 100, 40)
			w := 0
			for b.Loop() {
				w++
				tl.wrap = blocks{}
				tl.draw(s, rect{0, 0, 60 + w%40, 40})
			}
		})
		b.Run(fmt.Sprint("page-", n), func(b *testing.B) {
			tl, _ := timed(b, chatOf(store.Direct, rows[:n]...), 100, 40)
			s := canvas(b, 100, 40)
			for b.Loop() {
				tl.page(-1)
				tl.nearTop()
				tl.draw(s, rect{0, 0, 100, 40})
			}
		})
	}
}
