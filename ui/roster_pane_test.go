package ui

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gdamore/tcell/v2"

	"sotto/session"
	"sotto/store"
)

// people is a model with an account, some chats, contacts and a request.
func people() *model {
	m := newModel()
	m.accounts = []session.AccountInfo{{ID: 1, JID: "alice@example.org"}}
	add := func(name, subscription string, groups ...string) {
		jid := strings.ToLower(name) + "@example.org"
		m.contacts[who{1, jid}] = store.Contact{Account: 1, JID: jid, Name: name, Subscription: subscription, Groups: groups}
	}
	add("Bob", "both", "Friends")
	add("carol", "both")
	add("dave", "both", "Friends", "Work")
	add("erin", "both", "Friends", "")
	add("Frank", "both", "Friends", "Friends")
	add("grace", "none", "Work")
	c := m.contacts[who{1, "grace@example.org"}]
	c.Ask = true
	m.contacts[who{1, "grace@example.org"}] = c
	at := func(jid string, show session.Show, text string) {
		m.presence[who{1, jid}] = []session.Resource{{Name: "phone", Presence: session.Presence{Show: show, Text: text}}}
	}
	at("bob@example.org", session.Away, "lunch, back 14:00")
	at("dave@example.org", session.Available, "coding")
	at("frank@example.org", session.Busy, "")
	chat := func(id store.ChatID, kind store.ChatKind, jid string, unread, mentions int, draft string) {
		m.chats = append(m.chats, store.Chat{ID: id, ChatKey: store.ChatKey{Account: 1, Kind: kind, JID: jid}, Open: true, Unread: unread, Mentions: mentions, Draft: draft})
	}
	chat(1, store.Direct, "bob@example.org", 2, 0, "")
	chat(2, store.Direct, "carol@example.org", 0, 0, "half a sentence")
	chat(3, store.Room, "sotto@rooms.example.org", 5, 1, "")
	chat(4, store.Room, "gophers@rooms.example.org", 31, 0, "")
	chat(5, store.Room, "closed@rooms.example.org", 0, 0, "")
	chat(6, store.Direct, "stranger@elsewhere.example", 0, 0, "half a sentence")
	m.rooms[who{1, "sotto@rooms.example.org"}] = session.RoomInfo{Joined: true}
	m.rooms[who{1, "gophers@rooms.example.org"}] = session.RoomInfo{Joined: true}
	m.requests = []store.Request{{Account: 1, JID: "mallory@elsewhere.example"}}
	m.chat = 2
	return m
}

// rostered is a roster on a canvas.
func rostered(t testing.TB, m *model, w, h int, focused bool) (*rosterPane, func() []string) {
	t.Helper()
	s := canvas(t, w, h)
	p := newRoster(testLook(t), m)
	p.rebuild()
	show := func() []string {
		s.Clear()
		p.draw(s, rect{0, 0, w, h}, focused)
		return dumpLines(s)
	}
	show()
	return p, show
}

func TestRosterGolden(t *testing.T) {
	for _, size := range []struct {
		name string
		w, h int
	}{{"wide", 27, 30}, {"slim", 20, 18}, {"narrow", 40, 16}} {
		t.Run(size.name, func(t *testing.T) {
			_, show := rostered(t, people(), size.w, size.h, false)
			golden(t, "panes/roster-"+size.name, strings.Join(show(), "\n")+"\n")
		})
	}
	t.Run("ascii", func(t *testing.T) {
		p, show := rostered(t, people(), 27, 24, true)
		p.l.ascii = true
		golden(t, "panes/roster-ascii", strings.Join(show(), "\n")+"\n")
	})
	t.Run("accounts", func(t *testing.T) {
		m := people()
		m.accounts = append(m.accounts, session.AccountInfo{ID: 2, JID: "alice@work.example"})
		m.contacts[who{2, "boss@work.example"}] = store.Contact{Account: 2, JID: "boss@work.example"}
		_, show := rostered(t, m, 27, 26, false)
		golden(t, "panes/roster-accounts", strings.Join(show(), "\n")+"\n")
	})
	t.Run("empty", func(t *testing.T) {
		_, show := rostered(t, newModel(), 27, 6, false)
		golden(t, "panes/roster-empty", strings.Join(show(), "\n")+"\n")
	})
}

// under gives the name of the row under the cursor.
func under(p *rosterPane) string {
	r, ok := p.selected()
	switch {
	case !ok:
		return "nothing"
	case r.kind == rowGroup:
		return "group " + r.group
	case r.kind == rowChat:
		return fmt.Sprint("chat ", r.chat)
	case r.kind == rowRequest:
		return fmt.Sprint("requests ", r.total)
	}
	return r.group + "/" + r.who.jid
}

// asPressed gives a pane its keys as the program does.
func asPressed(typing func() bool, key func(*tcell.EventKey)) func(*tcell.EventKey) {
	b := bind(makeActions())
	return func(ev *tcell.EventKey) {
		if !typing() {
			ev = b.asMove(ev)
		}
		key(ev)
	}
}

func TestRosterKeys(t *testing.T) {
	tests := []struct{ keys, want string }{
		{"", "chat 2"}, // where the open chat is
		{"g", "chat 1"},
		{"g k", "chat 1"},
		{"G", "/carol@example.org"},
		{"G Down", "/carol@example.org"},
		{"End Home j", "chat 2"},
		{"g j j j j j j", "requests 1"},
		{"g j j j j j j j", "group Friends"},
		{"g j j j j j j j j", "Friends/dave@example.org"},
		{"g PgDn", "Friends/dave@example.org"},
		{"G PgUp", "Friends/dave@example.org"},
		{"g PgDn h", "group Friends"},
		{"g PgDn h h j", "group Work"},
		{"g PgDn Space j", "group Work"},
		{"g PgDn Space Space j", "Friends/dave@example.org"},
		{"/ c a r", "chat 2"},
		{"/ c a r Down", "/carol@example.org"},
		{"/ c a r Down Enter", "/carol@example.org"},
		{"/ c a r Down Esc", "chat 2"},
		{"/ x x Backspace Backspace Backspace", "chat 2"},
		{"/ n o n e", "nothing"},
		{"/ n o n e Enter", "chat 2"},
		{"/ n o n e Ctrl-U", "chat 1"},
		{"/ G R A C", "Work/grace@example.org"},
		{"g PgDn Left Left / f r a n Enter", "Friends/frank@example.org"}, // unfolds
		{"/ m a l l", "nothing"},
	}
	for _, test := range tests {
		t.Run(strings.ReplaceAll(test.keys, " ", ","), func(t *testing.T) {
			p, show := rostered(t, people(), 27, 11, true)
			press(t, asPressed(p.filtering, p.key), strings.Fields(test.keys)...)
			show()
			if got := under(p); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestRosterFilterShown(t *testing.T) {
	p, show := rostered(t, people(), 27, 8, true)
	press(t, p.key, "/", "g", "r")
	if got := show(); got[0] != " /gr" || !strings.Contains(got[1], "grace") || len(got[2]) > 0 {
		t.Errorf("got %q", got)
	}
	press(t, p.key, "q")
	if got := show(); got[1] != " Nothing matches." {
		t.Errorf("got %q", got)
	}
	if !p.filtering() {
		t.Error("not filtering")
	}
	// The search ends when the keys go elsewhere.
	s := canvas(t, 27, 8)
	p.draw(s, rect{0, 0, 27, 8}, false)
	if p.filtering() || under(p) != "chat 2" {
		t.Errorf("filtering %v, on %s", p.filtering(), under(p))
	}
}

// While the keys are in the roster nothing moves away from under the cursor.
func TestRosterHoldsStill(t *testing.T) {
	m := people()
	p, show := rostered(t, m, 27, 12, true)
	press(t, asPressed(p.filtering, p.key), "G", "k", "k", "k", "k")
	before := show()
	line := p.cursor - p.top
	row := under(p)
	// A chat comes, another becomes the newest, somebody goes online.
	m.chats = append([]store.Chat{{ID: 9, ChatKey: store.ChatKey{Account: 1, JID: "new@example.org"}, Open: true}, m.chats[4], m.chats[0]}, append(m.chats[1:4:4], m.chats[5])...)
	m.presence[who{1, "erin@example.org"}] = []session.Resource{{}}
	p.rebuild()
	after := show()
	if under(p) != row || p.cursor-p.top != line || before[line+1] != after[line+1] {
		t.Errorf("on %s in line %d, was on %s in line %d", under(p), p.cursor-p.top, row, line)
	}
	var order []store.ChatID
	for _, c := range p.order() {
		order = append(order, c.ID)
	}
	if got := fmt.Sprint(order); got != "[1 2 3 4 5 6 9]" {
		t.Errorf("chats are %s", got)
	}
	// When they leave it, the newest comes first.
	s := canvas(t, 27, 12)
	p.draw(s, rect{0, 0, 27, 12}, false)
	if got := p.order()[0].ID; got != 9 {
		t.Errorf("the first chat is %d", got)
	}
}

func TestRosterSortsContacts(t *testing.T) {
	m := newModel()
	m.accounts = []session.AccountInfo{{ID: 1}}
	for i, show := range []session.Show{session.Unavailable, session.ExtAway, session.Busy, session.Away, session.Available, session.FreeForChat} {
		jid := fmt.Sprintf("c%d@example.org", i)
		m.contacts[who{1, jid}] = store.Contact{Account: 1, JID: jid}
		if show != session.Unavailable {
			m.presence[who{1, jid}] = []session.Resource{{Presence: session.Presence{Show: show}}}
		}
	}
	m.contacts[who{1, "a@example.org"}] = store.Contact{Account: 1, JID: "a@example.org", Name: "Z"}
	m.contacts[who{1, "b@example.org"}] = store.Contact{Account: 1, JID: "b@example.org", Name: "B"}
	p, _ := rostered(t, m, 27, 12, false)
	order := func() string {
		p.rebuild()
		var got []string
		for _, r := range p.rows[1:] {
			got = append(got, m.name(r.who))
		}
		return strings.Join(got, " ")
	}
	if got, want := order(), "c5 c4 c3 c2 c1 B c0 Z"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	// A new name, a new state and a contact less.
	m.contacts[who{1, "a@example.org"}] = store.Contact{Account: 1, JID: "a@example.org", Name: "A"}
	delete(m.contacts, who{1, "c5@example.org"})
	delete(m.presence, who{1, "c4@example.org"})
	if got, want := order(), "c3 c2 c1 A B c0 c4"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// Names of others are drawn as they are, and cannot leave their row.
func TestRosterHostileNames(t *testing.T) {
	m := people()
	m.contacts[who{1, "x@example.org"}] = store.Contact{Account: 1, JID: "x@example.org", Name: "[red]x\x1b[2J\n日本\u202e" + strings.Repeat("長", 100), Groups: []string{"\x1b]0;g\n[::b]"}}
	m.presence[who{1, "x@example.org"}] = []session.Resource{{Presence: session.Presence{Text: "\n\x07" + strings.Repeat("語", 50)}}}
	for w := 4; w < 60; w += 5 {
		_, show := rostered(t, m, w, 40, false)
		for _, line := range show() {
			if strings.ContainsAny(line, "\x1b\x07\u202e") {
				t.Errorf("at %d: %q", w, line)
			}
		}
	}
}

func manyContacts(n int) *model {
	m := newModel()
	m.accounts = []session.AccountInfo{{ID: 1}}
	for i := range n {
		jid := fmt.Sprintf("contact%05d@example.org", i)
		m.contacts[who{1, jid}] = store.Contact{Account: 1, JID: jid, Name: fmt.Sprintf("Contact %d", i*7919%n), Groups: []string{fmt.Sprint("Group ", i%20)}}
		if i%5 == 0 {
			m.presence[who{1, jid}] = []session.Resource{{Presence: session.Presence{Show: session.Away, Text: "busy"}}}
		}
	}
	return m
}

func BenchmarkRoster(b *testing.B) {
	for _, n := range []int{100, 10000} {
		m := manyContacts(n)
		p, _ := rostered(b, m, 27, 40, true)
		s := canvas(b, 27, 40)
		b.Run(fmt.Sprint("draw-", n), func(b *testing.B) {
			for b.Loop() {
				p.draw(s, rect{0, 0, 27, 40}, true)
			}
		})
		b.Run(fmt.Sprint("rebuild-", n), func(b *testing.B) {
			for b.Loop() {
				p.rebuild()
			}
		})
		b.Run(fmt.Sprint("contact-", n), func(b *testing.B) {
			w := who{1, "contact00001@example.org"}
			for i := 0; b.Loop(); i++ {
				c := m.contacts[w]
				c.Name = fmt.Sprint("n", i)
				m.contacts[w] = c
				p.rebuild()
			}
		})
		b.Run(fmt.Sprint("filter-", n), func(b *testing.B) {
			press(b, p.key, "/")
			for b.Loop() {
				press(b, p.key, "9", "Backspace")
			}
			press(b, p.key, "Esc")
		})
	}
}
