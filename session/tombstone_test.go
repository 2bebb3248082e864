package session

import (
	"fmt"
	"testing"

	"sotto/session/wire"
	"sotto/store"
)

// TestTombstones: what an archive holds only the sign of has no text here either,
// whether we had it or not.
func TestTombstones(t *testing.T) {
	const live = "<message from='bob@example.org/x' to='alice@example.org' type='chat' id='first-id'><body>secret</body><stanza-id xmlns='urn:xmpp:sid:0' by='alice@example.org' id='s1'/></message>"
	for name, stone := range map[string]struct{ xml, want string }{
		"retracted": {"<retracted xmlns='urn:xmpp:message-retract:1' id='r1' stamp='2026-01-01T00:00:00Z'/>", store.RemarkRetract},
		"as before": {"<retracted xmlns='urn:xmpp:message-retract:0' stamp='2026-01-01T00:00:00Z'/>", store.RemarkRetract},
		"moderated": {"<retracted xmlns='urn:xmpp:message-retract:1'><moderated xmlns='urn:xmpp:message-moderate:1'/></retracted>", store.RemarkModerate},
	} {
		for _, seen := range []bool{false, true} {
			t.Run(fmt.Sprint(name, ", seen before: ", seen), func(t *testing.T) {
				l := newLoopFor(t)
				q := &archiveQuery{id: "q"}
				l.queries["q"] = q
				apply := func(xml string) {
					t.Helper()
					el, err := wire.ParseElement([]byte(xml), wire.NSClient)
					if err != nil {
						t.Fatal(err)
					}
					st := wire.Stanza{Element: el, From: wire.Lenient(el.Attr("from")), To: wire.Lenient(el.Attr("to"))}
					o := l.place().origin(st)
					if o.query != nil {
						q.applying = &archivePage{places: []int64{1_700_000_000_000_000}, items: []archived{{id: o.mamID}}, seen: map[store.ChatID][]store.Position{}}
					}
					if _, err := l.st.Write(t.Context(), func(tx *store.Tx) error { return l.message(tx, o) }); err != nil {
						t.Fatal(err)
					}
					l.events, l.then = nil, nil
				}
				if seen {
					apply(live)
				}
				for range 2 {
					apply("<message from='alice@example.org'><result xmlns='urn:xmpp:mam:2' id='s1' queryid='q'><forwarded xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' stamp='2026-01-01T00:00:00Z'/>" +
						"<message xmlns='jabber:client' from='bob@example.org/x' to='alice@example.org' type='chat' id='first-id'>" + stone.xml + "</message></forwarded></result></message>")
				}
				chats, err := l.st.ChatsOf(t.Context(), l.a.id)
				if err != nil || len(chats) != 1 {
					t.Fatal(len(chats), err)
				}
				rows, _, err := l.st.Page(t.Context(), chats[0].ID, 0, 10)
				if err != nil || len(rows) != 1 || !rows[0].NoBody || rows[0].Fold == nil || rows[0].Fold.Removed != stone.want {
					t.Fatalf("got %+v (%v)", rows, err)
				}
				if len(q.applying.seen[chats[0].ID]) != 1 {
					t.Error("the archive's page does not have it")
				}
			})
		}
	}
}
