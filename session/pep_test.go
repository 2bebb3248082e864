package session

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"sotto/session/wire"
	"sotto/store"
)

// TestEventsAreBounded is what a feature gets of an event, whatever is in it.
func TestEventsAreBounded(t *testing.T) {
	const event = "<message from='alice@example.org'><event xmlns='http://jabber.org/protocol/pubsub#event'>%s</event></message>"
	item := func(id, payload string) string { return "<item id='" + id + "'>" + payload + "</item>" }
	tests := map[string]struct{ xml, want string }{
		"items":              {"<items node='n'>" + item("1", "<a xmlns='x'/>") + item("2", "<b xmlns='x'/>") + "</items>", "1:a 2:b"},
		"too many":           {"<items node='n'>" + strings.Repeat(item("1", "<a xmlns='x'/>"), 5) + "</items><items node='n'>" + item("2", "") + "</items>", "1:a 1:a 1:a"},
		"too big":            {"<items node='n'>" + item("1", "<a xmlns='x'>"+strings.Repeat("x", 100)+"</a>") + item("2", "<b xmlns='x'/>") + "</items>", "1: 2:b"},
		"without payload":    {"<items node='n'><item id='1'/></items>", "1:"},
		"an id beyond sense": {"<items node='n'>" + item(strings.Repeat("x", 4000), "<a xmlns='x'/>") + "</items>", ""},
		"another node":       {"<items node='other'>" + item("1", "<a xmlns='x'/>") + "</items><items node='n'>" + item("2", "<a xmlns='x'/>") + "</items>", "2:a"},
		"retracted":          {"<items node='n'><retract id='1'/><retract id='2'/><retract id='3'/><retract id='4'/></items>", "-1 -2 -3"},
		"both":               {"<items node='n'><retract id='1'/>" + item("2", "<a xmlns='x'/>") + "</items>", "2:a -1"},
		"purged":             {"<purge node='n'/>", "purged"},
		"deleted":            {"<delete node='n'/>", "deleted"},
		"configured":         {"<configuration node='n'/>", ""},
		"foreign":            {"<items xmlns='other' node='n'>" + item("1", "<a/>") + "</items>", ""},
	}
	table()
	was := extensions.nodes
	t.Cleanup(func() { extensions.nodes = was })
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := ""
			n := &pepNode{name: "n", items: 3, size: 80}
			extensions.nodes = map[string]pepUse{"n": {n, func(_ *loop, _ *store.Tx, e pepEvent) error {
				var all []string
				for _, i := range e.items {
					local := ""
					if i.payload != nil {
						local = i.payload.Local
					}
					all = append(all, i.id+":"+local)
				}
				for _, id := range e.gone {
					all = append(all, "-"+id)
				}
				if e.purged {
					all = append(all, "purged")
				}
				if e.deleted {
					all = append(all, "deleted")
				}
				got = strings.Join(all, " ")
				return nil
			}}}
			el, err := wire.ParseElement(fmt.Appendf(nil, event, test.xml), wire.NSClient)
			if err != nil {
				t.Fatal(err)
			}
			o := origin{el: el, node: n}
			if err := (&loop{}).inEvent(nil, o); err != nil || got != test.want {
				t.Errorf("got %q (%v), want %q", got, err, test.want)
			}
		})
	}
}

// TestBookmarkItems is what is read of a bookmark, and what is written back.
func TestBookmarkItems(t *testing.T) {
	l := newLoopFor(t)
	l.contacts["bob@example.org"] = store.Contact{JID: "bob@example.org"}
	const room = "tea@rooms.example.org"
	tests := map[string]struct {
		id, xml string
		used    bool
		auto    bool
		name    string
		nick    string
	}{
		"the usual one":          {room, "<conference xmlns='urn:xmpp:bookmarks:1' name='Tea' autojoin='true'><nick>al</nick></conference>", true, true, "Tea", "al"},
		"the smallest":           {room, "<conference xmlns='urn:xmpp:bookmarks:1'/>", true, false, "", ""},
		"autojoin 1":             {room, "<conference xmlns='urn:xmpp:bookmarks:1' autojoin='1'/>", true, true, "", ""},
		"autojoin TRUE is false": {room, "<conference xmlns='urn:xmpp:bookmarks:1' autojoin='TRUE'/>", true, false, "", ""},
		"a long name is cut":     {room, "<conference xmlns='urn:xmpp:bookmarks:1' name='" + strings.Repeat("n", 1000) + "'/>", true, false, strings.Repeat("n", 256), ""},
		"another element":        {room, "<x xmlns='urn:xmpp:bookmarks:1' autojoin='true'/>", false, false, "", ""},
		"of another namespace":   {room, "<conference xmlns='x' autojoin='true'/>", false, false, "", ""},
		"our own account":        {"alice@example.org", "<conference xmlns='urn:xmpp:bookmarks:1' autojoin='true'/>", false, false, "", ""},
		"a contact":              {"bob@example.org", "<conference xmlns='urn:xmpp:bookmarks:1' autojoin='true'/>", false, false, "", ""},
		"a resource":             {room + "/x", "<conference xmlns='urn:xmpp:bookmarks:1' autojoin='true'/>", false, false, "", ""},
		"a service":              {"rooms.example.org", "<conference xmlns='urn:xmpp:bookmarks:1' autojoin='true'/>", false, false, "", ""},
		"no address":             {"@", "<conference xmlns='urn:xmpp:bookmarks:1' autojoin='true'/>", false, false, "", ""},
		"nothing":                {"", "<conference xmlns='urn:xmpp:bookmarks:1' autojoin='true'/>", false, false, "", ""},
		"far too big":            {room, "<conference xmlns='urn:xmpp:bookmarks:1'><extensions><x xmlns='x'>" + strings.Repeat("x", 70_000) + "</x></extensions></conference>", false, false, "", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			el, err := wire.ParseElement([]byte("<item>"+test.xml+"</item>"), "")
			if err != nil {
				t.Fatal(err)
			}
			list := l.readMarks([]pepItem{{test.id, el.Children[0]}})
			if len(list) == 1 != test.used {
				t.Fatalf("used: %v, want %v", len(list) == 1, test.used)
			}
			if !test.used {
				return
			}
			m := list[0]
			if m.auto != test.auto || m.name != test.name || m.nick != test.nick {
				t.Errorf("got %+v", m.bookmark)
			}
			if got := string(m.write()); got != test.xml {
				t.Errorf("written unchanged it became %s", got)
			}
			if b := loadBookmark(m.write()); b == nil || b.differs(m.bookmark) != 0 {
				t.Errorf("from the disk it became %+v", b)
			}
		})
	}
}

// foreign is a bookmark with all that other programs may put into one.
const foreign = `<conference xmlns="urn:xmpp:bookmarks:1"  autojoin="false" name='Tea &amp; more' colour="red" x:y = 'z' xmlns:x="urn:x">
	<nick >old</nick> text <password>secret</password>
	<extensions><notify xmlns="urn:xmpp:notification-settings:1"><always/></notify><x:deep a="&#65;"><![CDATA[<&>]]></x:deep></extensions>
	<later xmlns="urn:later"/>
</conference>`

// TestBookmarkKeepsWhatItDoesNotKnow: byte for byte.
func TestBookmarkKeepsWhatItDoesNotKnow(t *testing.T) {
	b := loadBookmark([]byte(foreign))
	if b == nil || b.auto || b.name != "Tea & more" || b.nick != "old" || b.password != "secret" {
		t.Fatalf("got %+v", b)
	}
	b.auto, b.nick = true, "new"
	want := strings.Replace(foreign, ` autojoin="false"`, ` autojoin='true'`, 1)
	want = strings.Replace(want, "<nick >old</nick>", "<nick xmlns='urn:xmpp:bookmarks:1'>new</nick>", 1)
	if got := string(b.write()); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// FuzzBookmark: any element as a bookmark is read without harm, and written with
// another value it is the same but for that.
func FuzzBookmark(f *testing.F) {
	f.Add("tea@rooms.example.org", foreign, "nick")
	f.Add("tea@rooms.example.org/x", `<conference xmlns='urn:xmpp:bookmarks:1'/>`, "")
	f.Add("@", `<b:conference xmlns:b='urn:xmpp:bookmarks:1' autojoin='1'><b:nick/><nick/></b:conference>`, "n")
	f.Add("Tea@Rooms.example.org", `<conference xmlns='storage:bookmarks' jid='x'><nick>a</nick><nick>b</nick></conference>`, " x ")
	l := newLoopFor(f)
	f.Fuzz(func(t *testing.T, id, text, nick string) {
		el, err := wire.ParseElement([]byte("<item>"+text+"</item>"), "")
		if err != nil || len(el.Children) != 1 {
			return
		}
		for _, m := range l.readMarks([]pepItem{{id, el.Children[0]}}) {
			if m.room.Opaque() || m.room.Resource() != "" || m.room.Local() == "" || m.room == l.self {
				t.Errorf("%q would be entered", id)
			}
			was, err := wire.ParseElement(m.raw, "")
			if err != nil {
				t.Fatalf("%q does not stand alone: %v", m.raw, err)
			}
			m.auto, m.nick = !m.auto, strings.TrimSpace(clip(nick, nickMax))
			again := loadBookmark(m.write())
			if again == nil || again.auto != m.auto || again.name != m.name || again.password != m.password {
				t.Fatalf("%q became %+v, want %+v", m.raw, again, m.bookmark)
			}
			now, err := wire.ParseElement(again.raw, "")
			if err != nil {
				t.Fatal(err)
			}
			others := func(e *wire.Element) (all []string) {
				for _, c := range e.Children {
					if !c.Is(nsBookmarks, "nick") {
						all = append(all, string(c.Raw()))
					}
				}
				return all
			}
			if !slices.Equal(others(was), others(now)) {
				t.Errorf("%q became %q", was.Raw(), now.Raw())
			}
		}
		var storage *wire.Element
		if wrapped, err := wire.ParseElement([]byte("<storage xmlns='storage:bookmarks'>"+text+"</storage>"), ""); err == nil {
			storage = wrapped
		}
		r := &room{jid: wire.Lenient("tea@rooms.example.org"), mark: &bookmark{auto: true, nick: "n"}, pending: store.BookmarkAll}
		e := changeStorage(storage, []pushing{{r, 0}})
		if list := l.storedMarks(e); !slices.ContainsFunc(list, func(m marked) bool { return m.room == r.jid && m.auto }) {
			t.Errorf("%q became %q without our room", text, e.Raw())
		}
	})
}

// TestNotify: what a feature wants to be told stands in our capabilities.
func TestNotify(t *testing.T) {
	var all []string
	for f := range ownInfo().All(nsDiscoInfo, "feature") {
		all = append(all, f.Attr("var"))
	}
	for _, want := range []string{nsBookmarks + "+notify", nsStorage + "+notify"} {
		if !slices.Contains(all, want) {
			t.Errorf("%s is not announced", want)
		}
	}
}

// TestAbsent: an error is no answer, but this one says that nothing is there.
func TestAbsent(t *testing.T) {
	if absent(nil) || absent(errors.New("x")) || absent(&wire.StanzaError{Condition: "forbidden"}) || !absent(&wire.StanzaError{Condition: "item-not-found"}) {
		t.Error("what is absent is not known")
	}
}
