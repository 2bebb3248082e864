package ui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"sotto/session"
	"sotto/store"
)

// crowd is a model in a room.
func crowd(list ...session.Occupant) *model {
	m := chatOf(store.Room)
	m.chats[0].JID = "sotto@rooms.example.org"
	m.rooms[who{1, "sotto@rooms.example.org"}] = session.RoomInfo{Joined: true,
		Subject: "All about sotto: news, questions and answers, and what else there is to say about it"}
	m.occupants = list
	return m
}

func some() []session.Occupant {
	return []session.Occupant{
		{Nick: "alice", Role: "moderator", Affiliation: "owner", Self: true},
		{Nick: "Carol", Role: "moderator", Affiliation: "admin", Presence: session.Presence{Show: session.Busy}},
		{Nick: "bob", Role: "participant", Affiliation: "member", Presence: session.Presence{Show: session.Away, Text: "lunch"}},
		{Nick: "日本\x1b[31m", Role: "participant", Affiliation: "none"},
		{Nick: "zoe", Role: "visitor", Affiliation: "none", RealJID: "zoe@hidden.example"},
		{Nick: "odd", Role: "", Affiliation: "?"},
	}
}

func peopled(t testing.TB, m *model, w, h int, focused bool) (*peoplePane, func() []string) {
	t.Helper()
	s := canvas(t, w, h)
	p := newPeople(testLook(t), m)
	p.rebuild()
	show := func() []string {
		s.Clear()
		p.draw(s, rect{0, 0, w, h}, focused)
		return dumpLines(s)
	}
	show()
	return p, show
}

func friend() *model {
	m := chatOf(store.Direct)
	w := who{1, "bob@example.org"}
	m.contacts[w] = store.Contact{Account: 1, JID: w.jid, Name: "Bob Ross", Subscription: "both", Groups: []string{"Friends", "Painters"}}
	m.presence[w] = []session.Resource{
		{Name: "phone", Presence: session.Presence{Show: session.Away, Text: "lunch, back 14:00 or a little later"}, Client: "Conversations", Device: "phone", Idle: testNow.Add(-8 * time.Minute)},
		{Name: "laptop", Presence: session.Presence{Priority: 5}, Client: "sotto", Idle: testNow.Add(-50 * time.Hour)},
		{Presence: session.Presence{Show: session.ExtAway}},
	}
	return m
}

func TestPeopleGolden(t *testing.T) {
	stranger := chatOf(store.Direct)
	delete(stranger.contacts, who{1, "bob@example.org"})
	private := chatOf(store.Private)
	private.chats[0].Nick, private.chats[0].JID = "eve", "sotto@rooms.example.org"
	asked := friend()
	asked.contacts[who{1, "bob@example.org"}] = store.Contact{Account: 1, JID: "bob@example.org", Ask: true}
	asked.presence = map[who][]session.Resource{}
	for _, test := range []struct {
		name string
		m    *model
		w, h int
	}{{"friend", friend(), 28, 24}, {"friend-low", friend(), 28, 6}, {"stranger", stranger, 28, 8}, {"asked", asked, 28, 12}, {"private", private, 28, 6},
		{"room", crowd(some()...), 28, 16}, {"room-narrow", crowd(some()...), 40, 8}, {"room-empty", crowd(), 28, 8}} {
		t.Run(test.name, func(t *testing.T) {
			_, show := peopled(t, test.m, test.w, test.h, false)
			golden(t, "panes/people-"+test.name, strings.Join(show(), "\n")+"\n")
		})
	}
	t.Run("ascii", func(t *testing.T) {
		p, show := peopled(t, crowd(some()...), 28, 16, true)
		p.l.ascii = true
		golden(t, "panes/people-ascii", strings.Join(show(), "\n")+"\n")
	})
	t.Run("none", func(t *testing.T) {
		_, show := peopled(t, newModel(), 28, 4, false)
		if got := strings.Join(show(), ""); got != "" {
			t.Errorf("got %q", got)
		}
	})
}

func TestPeopleKeys(t *testing.T) {
	tests := []struct{ keys, want string }{
		{"", "alice"}, {"j", "Carol"}, {"j j", "bob"}, {"j j k", "Carol"}, {"G", "odd"}, {"G g", "alice"}, {"k", "alice"},
		{"/ z o", "zoe"}, {"/ z o Enter", "zoe"}, {"/ z o Esc", "alice"}, {"j / n o n e Enter", "Carol"},
		{"/ h i d d e n", "zoe"}, {"/ o Down Down", "zoe"},
	}
	for _, test := range tests {
		t.Run(strings.ReplaceAll(test.keys, " ", ","), func(t *testing.T) {
			p, show := peopled(t, crowd(some()...), 28, 10, true)
			press(t, asPressed(p.filtering, p.key), strings.Fields(test.keys)...)
			show()
			o, ok := p.selected()
			if o.Nick != test.want || ok != (test.want != "") {
				t.Errorf("got %q %v, want %q", o.Nick, ok, test.want)
			}
		})
	}
}

// TestHatsInTheList: a few are shown, safe and clipped, and how many there are besides.
func TestHatsInTheList(t *testing.T) {
	_, show := peopled(t, crowd(
		session.Occupant{Nick: "bob", Role: "moderator", Hats: []string{"Host", "Pre\x1b[31msenter", "x", "y", "z"}, MoreHats: 95},
		session.Occupant{Nick: "eve", Role: "moderator", Hats: []string{"Scribe"}, Presence: session.Presence{Text: "writing"}}), 60, 10, false)
	got := strings.Join(show(), "\n")
	for _, want := range []string{"bob [Host, Pre␛[31msenter and 98 more]", "eve [Scribe]  writing"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
}

func TestPeopleCursorStaysOnItsOccupant(t *testing.T) {
	m := crowd(some()...)
	p, _ := peopled(t, m, 28, 10, true)
	press(t, asPressed(p.filtering, p.key), "j", "j")
	m.occupants = append([]session.Occupant{{Nick: "aa", Role: "moderator"}}, some()...)
	p.rebuild()
	if o, _ := p.selected(); o.Nick != "bob" {
		t.Errorf("on %q", o.Nick)
	}
	m.occupants = some()[:2]
	p.rebuild()
	if o, _ := p.selected(); o.Nick != "Carol" {
		t.Errorf("on %q", o.Nick)
	}
	// Fewer occupants than rows, before a rebuild: nothing falls over.
	m.occupants = nil
	s := canvas(t, 28, 10)
	p.draw(s, rect{0, 0, 28, 10}, true)
	if _, ok := p.selected(); ok {
		t.Error("nobody is there, but selected")
	}
	m.chat = 0
	p.rebuild()
	p.draw(s, rect{0, 0, 28, 10}, true)
}

func TestPeopleScrollsFacts(t *testing.T) {
	p, show := peopled(t, friend(), 28, 6, true)
	first := show()
	press(t, asPressed(p.filtering, p.key), "j", "Down")
	if got := show(); got[1] != first[3] {
		t.Errorf("got %q, want %q", got[1], first[3])
	}
	press(t, asPressed(p.filtering, p.key), "G")
	if got := show(); !strings.Contains(got[5], "Painters") {
		t.Errorf("the last line is %q", got[5])
	}
	press(t, asPressed(p.filtering, p.key), "g")
	if got := show(); got[1] != first[1] {
		t.Errorf("got %q, want %q", got[1], first[1])
	}
}

func TestPeopleNoRoom(t *testing.T) {
	for w := range 30 {
		for h := range 8 {
			for _, m := range []*model{friend(), crowd(some()...)} {
				s := canvas(t, 40, 20)
				p := newPeople(testLook(t), m)
				p.rebuild()
				p.draw(s, rect{0, 0, w, h}, true)
				r := newRoster(testLook(t), people())
				r.rebuild()
				r.draw(s, rect{0, 0, w, h}, true)
				tl := newTimeline(testLook(t), chatOf(store.Direct, conversation()...))
				tl.changed()
				tl.draw(s, rect{0, 0, w, h})
				tl.page(-1)
				tl.draw(s, rect{0, 0, w, h})
				for y := range 20 {
					for x := range 40 {
						if c, _, _ := s.Get(x, y); (x >= w || y >= h) && c != " " && c != "" {
							t.Fatalf("%dx%d: %q at %d,%d", w, h, c, x, y)
						}
					}
				}
			}
		}
	}
}

func BenchmarkPeople(b *testing.B) {
	for _, n := range []int{100, 10000} {
		list := make([]session.Occupant, n)
		for i := range list {
			list[i] = session.Occupant{Nick: fmt.Sprintf("nick%05d", i), Role: "participant", Presence: session.Presence{Text: "here"}}
		}
		m := crowd(list...)
		p, _ := peopled(b, m, 28, 40, true)
		s := canvas(b, 28, 40)
		b.Run(fmt.Sprint("draw-", n), func(b *testing.B) {
			for b.Loop() {
				p.draw(s, rect{0, 0, 28, 40}, true)
			}
		})
		b.Run(fmt.Sprint("rebuild-", n), func(b *testing.B) {
			for b.Loop() {
				p.rebuild()
			}
		})
	}
}
