package session_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"sotto/session"
	"sotto/session/demo"
	"sotto/session/wire"
	"sotto/store"
)

const (
	nodeBookmarks = "urn:xmpp:bookmarks:1"
	nodeStorage   = "storage:bookmarks"
)

// conference is a bookmark of XEP-0402, or with a room one of XEP-0048.
func conference(space, room string, auto bool, nick string) *wire.Element {
	e := wire.New(space, "conference").Set("jid", room).Set("autojoin", fmt.Sprint(auto))
	if nick != "" {
		e.Add(wire.New(space, "nick").SetText(nick))
	}
	return e
}

// kept tells the bookmarks of an element's children or of a node's items.
func kept(list []*wire.Element) []string {
	var all []string
	for _, i := range list {
		for _, c := range i.Children {
			if c.Local != "conference" {
				continue
			}
			room := i.Attr("id")
			if c.Attr("jid") != "" {
				room = c.Attr("jid")
			}
			line := room
			if a := c.Attr("autojoin"); a == "true" || a == "1" {
				line += " auto"
			}
			if n := c.ChildText(c.Space, "nick"); n != "" {
				line += " as " + n
			}
			if n := c.Attr("name"); n != "" && c.Space == nodeBookmarks {
				line += " called " + n
			}
			all = append(all, line)
		}
	}
	slices.Sort(all)
	return all
}

// marks are the bookmarks of XEP-0402 that an account has.
func marks(s *demo.Server, user string) []string {
	items, _ := s.Items(user, nodeBookmarks)
	return kept(items)
}

// is waits until got gives want.
func is(cl *client, what string, got func() []string, want ...string) {
	cl.t.Helper()
	last := []string(nil)
	limit := time.NewTimer(patience)
	defer limit.Stop()
	for {
		if last = got(); slices.Equal(last, want) {
			return
		}
		select {
		case <-cl.box.Wake():
			cl.rest = append(cl.rest, cl.box.Take()...)
			cl.rest = slices.DeleteFunc(cl.rest, func(e session.Event) bool { return !happened(e) })
		case <-limit.C:
			cl.t.Fatalf("waited in vain for %s: got %q, want %q", what, last, want)
		}
	}
}

// rooms are the rooms that a client is in.
func (cl *client) in() []string {
	cl.t.Helper()
	list, err := cl.st.Rooms(cl.t.Context(), cl.a.ID())
	if err != nil {
		cl.t.Fatal(err)
	}
	var all []string
	for _, r := range list {
		occupants, err := cl.a.Occupants(cl.t.Context(), r.JID)
		if err != nil {
			cl.t.Fatal(err)
		}
		for _, o := range occupants {
			if o.Self {
				all = append(all, r.JID+" as "+o.Nick)
			}
		}
	}
	return all
}

func (cl *client) bookmarks() []session.Bookmark {
	cl.t.Helper()
	list, err := cl.a.Bookmarks(cl.t.Context())
	if err != nil {
		cl.t.Fatal(err)
	}
	return list
}

// settled waits until the server has all changes.
func (cl *client) settled() {
	cl.t.Helper()
	cl.until("the server to have the bookmarks", func() bool {
		return !slices.ContainsFunc(cl.bookmarks(), func(b session.Bookmark) bool { return b.Pending })
	})
}

// teaRooms makes rooms on the server and gives their addresses.
func teaRooms(s *demo.Server, names ...string) []string {
	var all []string
	for _, n := range names {
		all = append(all, s.OpenRoom(n, n, n).JID())
	}
	return all
}

// TestBookmarksFollowOtherDevices: what one device of an account enters, leaves,
// names or takes away, the other follows at once.
func TestBookmarksFollowOtherDevices(t *testing.T) {
	for name, pep := range map[string]demo.PEP{"today": {}, "few options": {FewOptions: true}, "all in one": {NoOptions: true, NoPrivate: true}} {
		t.Run(name, func(t *testing.T) { followDevices(t, pep) })
	}
}

func followDevices(t *testing.T, pep demo.PEP) {
	s := newDemo(t, "alice")
	s.SetPEP(pep)
	tea := teaRooms(s, "tea")[0]
	a := login(t, s, "alice")
	b := login(t, s, "alice")
	// What the server holds, as far as both ways of keeping it can say it.
	held := func() []string {
		if !pep.NoOptions {
			return marks(s, "alice")
		}
		items, _ := s.Items("alice", nodeStorage)
		for i := range items {
			items[i] = items[i].Children[0]
		}
		return kept(items)
	}
	named := " called Tea at four"
	if pep.NoOptions {
		named = "" // XEP-0048 always has some name
	}

	a.a.Join(tea, "al", "")
	is(b, "the room", b.in, tea+" as al")
	is(a, "the bookmark", held, tea+" auto as al")
	a.settled()

	b.a.NameRoom(tea, "Tea at four")
	is(a, "the name", func() []string {
		var all []string
		for _, b := range a.bookmarks() {
			all = append(all, b.JID+" "+b.Name)
		}
		return all
	}, tea+" Tea at four")

	a.a.ChangeNick(a.chat(store.Room, tea).ID, "ally")
	is(b, "the nick", b.in, tea+" as ally")
	is(a, "the nick in the bookmark", held, tea+" auto as ally"+named)
	// Who changes a bookmark before it heard of another's change undoes that one.
	b.until("the nick in the other's bookmark", func() bool { list := b.bookmarks(); return len(list) == 1 && list[0].Nick == "ally" })

	b.a.Leave(b.chat(store.Room, tea).ID)
	is(a, "the leaving", a.in)
	wait(a, "why", func(e session.Answer) bool { return e.Code == "left-elsewhere" })
	is(a, "the bookmark without autojoin", held, tea+" as ally"+named)
	a.settled()
	b.settled()

	b.a.SetAutojoin(tea, true)
	is(a, "the way back", a.in, tea+" as ally")
	is(b, "the way back here", b.in, tea+" as ally")
	b.settled()

	b.a.RemoveBookmark(tea)
	is(a, "the leaving for good", a.in)
	is(b, "no bookmarks", held)
	if got := b.in(); !slices.Equal(got, []string{tea + " as ally"}) {
		t.Errorf("who removed the bookmark is in %q", got)
	}
	if got := b.bookmarks(); len(got) != 0 {
		t.Errorf("the bookmarks are %+v", got)
	}
}

// TestAutojoinAtLogin: a new device is in the rooms of the others, and only there.
func TestAutojoinAtLogin(t *testing.T) {
	for name, set := range map[string]func(s *demo.Server){
		"at once":  func(*demo.Server) {},
		"by pages": func(s *demo.Server) { s.SetPEP(demo.PEP{Page: 2}) },
		"compat":   func(s *demo.Server) { s.SetPEP(demo.PEP{Compat: true}) },
	} {
		t.Run(name, func(t *testing.T) {
			s := newDemo(t, "alice")
			set(s)
			rooms := teaRooms(s, "a", "b", "c", "d", "e")
			for i, r := range rooms {
				s.Publish("alice", nodeBookmarks, "whitelist", r, conference(nodeBookmarks, "", i != 2, []string{"", "al"}[i%2]))
			}
			for _, junk := range []string{"alice@" + s.Domain(), s.Domain(), rooms[2] + "/x", "@", "no room at all"} {
				s.Publish("alice", nodeBookmarks, "", junk, conference(nodeBookmarks, "", true, ""))
			}
			s.Publish("alice", nodeBookmarks, "", "other@rooms."+s.Domain(), wire.New("x", "conference").Set("autojoin", "true"))
			before := marks(s, "alice")
			a := login(t, s, "alice")
			is(a, "the rooms", a.in, rooms[0]+" as alice", rooms[1]+" as al", rooms[3]+" as al", rooms[4]+" as alice")
			if n := len(a.bookmarks()); n != 5 {
				t.Errorf("got %d bookmarks, want 5", n)
			}
			if got := marks(s, "alice"); !slices.Equal(got, before) {
				t.Errorf("reading changed the bookmarks: %q, were %q", got, before)
			}
		})
	}
}

// TestBookmarkStores is where bookmarks are found and where a change goes: into
// one store, and no other.
func TestBookmarkStores(t *testing.T) {
	type where struct{ pep, storage, private bool } // has the room "old"
	tests := map[string]struct {
		pep  demo.PEP
		has  where
		want where // who has "new" afterwards; nobody: it stays here
	}{
		"a new account":                   {demo.PEP{}, where{}, where{pep: true}},
		"bookmarks of today":              {demo.PEP{}, where{pep: true}, where{pep: true}},
		"today and before":                {demo.PEP{}, where{true, true, true}, where{pep: true}},
		"before, over PEP":                {demo.PEP{}, where{storage: true, private: true}, where{storage: true}},
		"long before":                     {demo.PEP{}, where{private: true}, where{private: true}},
		"all the same":                    {demo.PEP{Compat: true}, where{pep: true}, where{pep: true}},
		"all the same, and old ones":      {demo.PEP{Compat: true}, where{storage: true}, where{pep: true}},
		"no options":                      {demo.PEP{NoOptions: true}, where{}, where{private: true}},
		"no options, before":              {demo.PEP{NoOptions: true}, where{storage: true}, where{storage: true}},
		"no options, no private storage":  {demo.PEP{NoOptions: true, NoPrivate: true}, where{}, where{storage: true}},
		"few options":                     {demo.PEP{FewOptions: true}, where{}, where{pep: true}},
		"few options, before, over PEP":   {demo.PEP{FewOptions: true}, where{storage: true}, where{storage: true}},
		"no PEP":                          {demo.PEP{Off: true}, where{}, where{private: true}},
		"no PEP, long before":             {demo.PEP{Off: true}, where{private: true}, where{private: true}},
		"no PEP and no private storage":   {demo.PEP{Off: true, NoPrivate: true}, where{}, where{}},
		"few options, bookmarks of today": {demo.PEP{FewOptions: true}, where{pep: true}, where{pep: true}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := newDemo(t, "alice")
			s.SetPEP(test.pep)
			rooms := teaRooms(s, "old", "new")
			url := wire.New(nodeStorage, "url").Set("url", "https://example.org").Set("name", "a page")
			storage := wire.New(nodeStorage, "storage").Add(url, conference(nodeStorage, rooms[0], true, "al"))
			if test.has.pep {
				s.Publish("alice", nodeBookmarks, "whitelist", rooms[0], conference(nodeBookmarks, "", true, "al"))
			}
			if test.has.storage {
				s.Publish("alice", nodeStorage, "whitelist", "current", storage)
			}
			if test.has.private {
				s.SetPrivate("alice", storage)
			}
			read := func() map[string][]string {
				items, access := s.Items("alice", nodeStorage)
				for i := range items {
					items[i] = items[i].Children[0]
				}
				today, accessToday := s.Items("alice", nodeBookmarks)
				for _, a := range []string{access, accessToday} {
					if a != "" && a != "whitelist" {
						t.Errorf("others may read the bookmarks: %s", a)
					}
				}
				all := map[string][]string{"pep": kept(today), "storage": kept(items), "private": nil}
				if p := s.Private("alice", nodeStorage, "storage"); p != nil {
					all["private"] = kept([]*wire.Element{p})
				}
				return all
			}
			before := read()
			a := login(t, s, "alice")
			if test.has != (where{}) && (!test.pep.Compat || test.has.pep) {
				is(a, "the old room", a.in, rooms[0]+" as al")
			}
			a.a.Join(rooms[1], "ann", "")
			a.until("the new room", func() bool { return slices.Contains(a.in(), rooms[1]+" as ann") })
			if test.want != (where{}) {
				a.settled()
			}
			for place, want := range map[string]bool{"pep": test.want.pep, "storage": test.want.storage, "private": test.want.private} {
				now, was := read()[place], before[place]
				if want {
					was = append(slices.Clone(was), rooms[1]+" auto as ann")
					slices.Sort(was)
				}
				if !slices.Equal(now, was) {
					t.Errorf("%s has %q, want %q", place, now, was)
				}
			}
			if test.want.private || test.want.storage {
				if p := s.Private("alice", nodeStorage, "storage"); test.has.private && test.want.private && p.Child(nodeStorage, "url").Attr("name") != "a page" {
					t.Errorf("what is no room was lost: %s", p.Bytes())
				}
				a.a.RemoveBookmark(rooms[1])
				a.until("the removal", func() bool {
					return slices.Equal(read()["private"], before["private"]) && slices.Equal(read()["storage"], before["storage"])
				})
			}
		})
	}
}

// TestBookmarksStayPrivate: a node that others may read is closed before anything
// goes into it.
func TestBookmarksStayPrivate(t *testing.T) {
	for name, pep := range map[string]demo.PEP{"all options": {}, "few options": {FewOptions: true}} {
		t.Run(name, func(t *testing.T) {
			s := newDemo(t, "alice")
			s.SetPEP(pep)
			rooms := teaRooms(s, "old", "new")
			s.Publish("alice", nodeBookmarks, "open", rooms[0], conference(nodeBookmarks, "", false, ""))
			a := login(t, s, "alice")
			a.a.Join(rooms[1], "alice", "")
			is(a, "the bookmark", func() []string { return marks(s, "alice") }, rooms[1]+" auto as alice", rooms[0])
			if _, access := s.Items("alice", nodeBookmarks); access != "whitelist" {
				t.Errorf("the node is %s", access)
			}
			a.settled()
		})
	}
}

// TestBookmarksWhileOffline: what changed here without a connection wins; what the
// others changed meanwhile is followed.
func TestBookmarksWhileOffline(t *testing.T) {
	s := newDemo(t, "alice")
	rooms := teaRooms(s, "left", "joined", "gone", "kept", "named")
	a := login(t, s, "alice")
	for _, r := range []string{rooms[0], rooms[2], rooms[3], rooms[4]} {
		a.a.Join(r, "al", "")
		a.until(r, func() bool { return slices.Contains(a.in(), r+" as al") })
	}
	a.until("the bookmarks", func() bool { return len(marks(s, "alice")) == 4 })
	a.settled()
	a.a.Disconnect()
	wait(a, "the end", func(e session.AccountChanged) bool { return e.Link == session.Offline })
	a.a.Leave(a.chat(store.Room, rooms[0]).ID)
	a.a.Join(rooms[1], "al", "")
	a.a.NameRoom(rooms[4], "Five")
	wait(a, "the name", func(e session.Answer) bool { return e.Code == "room-named" })

	b := login(t, s, "alice")
	is(b, "the four rooms", b.in, rooms[2]+" as al", rooms[3]+" as al", rooms[0]+" as al", rooms[4]+" as al")
	b.a.RemoveBookmark(rooms[2])
	b.a.ChangeNick(b.chat(store.Room, rooms[4]).ID, "ally")
	want := func(s ...string) []string { slices.Sort(s); return s }
	is(b, "the other device's changes", func() []string { return marks(s, "alice") },
		want(rooms[0]+" auto as al", rooms[3]+" auto as al", rooms[4]+" auto as ally")...)

	a.a.Connect()
	a.online()
	is(a, "the rooms of both", a.in, rooms[1]+" as al", rooms[3]+" as al", rooms[4]+" as ally")
	is(a, "the bookmarks of both", func() []string { return marks(s, "alice") },
		want(rooms[0]+" as al", rooms[1]+" auto as al", rooms[3]+" auto as al", rooms[4]+" auto as ally called Five")...)
	is(b, "the rooms on the other device", b.in, rooms[2]+" as al", rooms[1]+" as al", rooms[3]+" as al", rooms[4]+" as ally")
}

// TestRoomsFromBefore: rooms that the disk has and the server does not become
// bookmarks once we are in them; with the setting off they do not.
func TestRoomsFromBefore(t *testing.T) {
	for _, on := range []bool{true, false} {
		t.Run(fmt.Sprint(on), func(t *testing.T) {
			s := newDemo(t, "alice")
			rooms := teaRooms(s, "one", "two", "left", "server")
			s.Publish("alice", nodeBookmarks, "whitelist", rooms[3], conference(nodeBookmarks, "", true, ""))
			s.Publish("alice", nodeBookmarks, "whitelist", rooms[0], conference(nodeBookmarks, "", false, ""))
			st, err := store.Open(t.Context(), store.Options{Dir: t.TempDir()})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = st.Close() })
			if _, err := st.Write(t.Context(), func(tx *store.Tx) error {
				acc, err := tx.EnsureAccount("alice@" + s.Domain())
				for i, r := range rooms[:3] {
					err = tx.PutRoom(store.RoomEntry{Account: acc.ID, JID: r, Nick: "alice", Autojoin: i != 2})
				}
				return err
			}); err != nil {
				t.Fatal(err)
			}
			opt := optionsFor(s, "alice")
			opt.Store = st
			cfg := store.DefaultConfig()
			cfg.Bookmarks, cfg.Accounts = on, []store.AccountConfig{at(s, "alice")}
			opt.Config = cfg
			c := session.New(opt)
			if err := c.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(c.Close)
			a := &client{t: t, c: c, a: c.Accounts()[0], st: st, box: c.Subscribe()}
			is(a, "all rooms", a.in, rooms[0]+" as alice", rooms[3]+" as alice", rooms[1]+" as alice")
			want := []string{rooms[0], rooms[3] + " auto"}
			if on {
				want = []string{rooms[0] + " auto", rooms[3] + " auto", rooms[1] + " auto"}
			}
			is(a, "the bookmarks", func() []string { return marks(s, "alice") }, want...)
			if !on {
				a.a.Leave(a.chat(store.Room, rooms[3]).ID)
				is(a, "the leaving", a.in, rooms[0]+" as alice", rooms[1]+" as alice")
				if got := marks(s, "alice"); !slices.Equal(got, want) {
					t.Errorf("got %q, want %q", got, want)
				}
			}
		})
	}
}

// TestThrownOutStaysOut: a bookmark that says "enter" does not bring us back into a
// room that threw us out, also at the next start, until somebody says so anew.
func TestThrownOutStaysOut(t *testing.T) {
	s := newDemo(t, "alice")
	tea := teaRooms(s, "tea")[0]
	dir := t.TempDir()
	start := func() *client {
		st, err := store.Open(t.Context(), store.Options{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		opt := optionsFor(s, "alice")
		opt.Store = st
		cl := run(t, opt, at(s, "alice"))
		t.Cleanup(func() { cl.c.Close(); _ = st.Close() })
		cl.online()
		return cl
	}
	a := start()
	a.a.Join(tea, "al", "")
	is(a, "the bookmark", func() []string { return marks(s, "alice") }, tea+" auto as al")
	a.settled()
	s.Room(tea).Kick("al", "mod", "spam")
	is(a, "the end", a.in)
	// Another program changes something else of the bookmark.
	s.Publish("alice", nodeBookmarks, "", tea, conference(nodeBookmarks, "", true, "al").Set("name", "Tea"))
	a.until("the change", func() bool { return a.bookmarks()[0].Name == "Tea" })
	a.c.Close()
	_ = a.st.Close()
	b := start()
	b.until("the bookmark", func() bool { return len(b.bookmarks()) == 1 })
	bed := teaRooms(s, "bed")[0]
	b.a.Join(bed, "al", "")
	is(b, "another room", b.in, bed+" as al")
	s.Publish("alice", nodeBookmarks, "", tea, conference(nodeBookmarks, "", false, "al"))
	s.Publish("alice", nodeBookmarks, "", tea, conference(nodeBookmarks, "", true, "al"))
	is(b, "the way back", b.in, bed+" as al", tea+" as al")
}

// TestEmptiedBookmarks: all items taken away at once are left; a node that is
// deleted is only no store any more.
func TestEmptiedBookmarks(t *testing.T) {
	for _, what := range []string{"purge", "delete"} {
		t.Run(what, func(t *testing.T) {
			s := newDemo(t, "alice")
			tea := teaRooms(s, "tea")[0]
			a := login(t, s, "alice")
			a.a.Join(tea, "al", "")
			is(a, "the bookmark", func() []string { return marks(s, "alice") }, tea+" auto as al")
			a.settled()
			s.Script("alice").Send(wire.New(wire.NSClient, "iq").Set("type", "set").Set("id", "x").
				Add(wire.New("http://jabber.org/protocol/pubsub#owner", "pubsub").Add(wire.New("http://jabber.org/protocol/pubsub#owner", what).Set("node", nodeBookmarks))))
			a.until("no bookmarks", func() bool { return len(a.bookmarks()) == 0 })
			want := []string(nil)
			if what == "delete" {
				want = []string{tea + " as al"}
			}
			is(a, "the rooms", a.in, want...)
		})
	}
}
