package session_test

import (
	"reflect"
	"testing"

	"sotto/session"
	"sotto/session/wire"
	"sotto/store"
)

// TestShapes is what becomes of texts that are to be shown in another way.
func TestShapes(t *testing.T) {
	p := newPeer(t)
	p.roster = "<item jid='bob@example.org' subscription='both'/>"
	cl := p.login()
	tests := []struct {
		inner string
		want  *store.Shape
	}{
		{"<body>a</body>", nil},
		{"<body>b</body><unstyled xmlns='urn:xmpp:styling:0'/>", &store.Shape{Unstyled: true}},
		{"<body>c</body><spoiler xmlns='urn:xmpp:spoiler:0'/>", &store.Shape{Spoiler: true}},
		{"<body>d</body><spoiler xmlns='urn:xmpp:spoiler:0'> the end\n</spoiler>", &store.Shape{Spoiler: true, Hint: "the end"}},
		{"<body>e</body><spoiler xmlns='urn:xmpp:spoiler:0' xml:lang='ca'>fi</spoiler><spoiler xmlns='urn:xmpp:spoiler:0'>end</spoiler>", &store.Shape{Spoiler: true, Hint: "end"}},
		{"<body>f</body><spoiler xmlns='urn:else'>x</spoiler>", nil},
	}
	for _, test := range tests {
		p.tells(from(test.inner, "type='chat'"))
		chat := cl.chat(store.Direct, "bob@example.org").ID
		rows := cl.rows(chat)
		if got := rows[len(rows)-1].Shape; !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s: got %+v, want %+v", test.inner, got, test.want)
		}
	}
	in := events[session.Incoming](cl)
	if e := in[3]; !e.Spoiler || e.Hint != "the end" || in[0].Spoiler {
		t.Errorf("told as %+v", e)
	}
}

// TestSayingSpoilers is what goes out; a correction hides its text too, and a
// retraction takes the hint with it.
func TestSayingSpoilers(t *testing.T) {
	p := newPeer(t)
	p.roster = "<item jid='bob@example.org' subscription='both'/>"
	cl := p.login()
	chat := cl.open("bob@example.org")
	cl.a.SendSpoiler(chat, " the film ", "he dies")
	e := p.awaitChild("urn:xmpp:spoiler:0", "spoiler")
	if e.ChildText("urn:xmpp:spoiler:0", "spoiler") != "the film" || e.ChildText(wire.NSClient, "body") != "he dies" {
		t.Errorf("got %s", e.Bytes())
	}
	p.sync()
	cl.until("it is there", func() bool { return cl.has(chat, "he dies", store.Sent) })
	m := cl.rows(chat)[0]
	cl.a.Edit(m.ID, "she dies")
	e = p.awaitChild("urn:xmpp:message-correct:0", "replace")
	if e.ChildText("urn:xmpp:spoiler:0", "spoiler") != "the film" {
		t.Errorf("the correction gives it away: %s", e.Bytes())
	}
	p.sync()
	cl.a.Retract(m.ID)
	p.awaitChild("urn:xmpp:message-retract:1", "retract")
	p.sync()
	cl.until("taken back", func() bool { m := cl.rows(chat)[0]; return m.NoBody && m.Shape == nil })
}

// TestKeywords: a word of the setting is as good as our name.
func TestKeywords(t *testing.T) {
	p := newPeer(t)
	p.roster = "<item jid='bob@example.org' subscription='both'/>"
	cl := p.login()
	cl.c.Set("keywords", "release , tea time")
	wait(cl, "the setting", func(e session.Answer) bool { return e.Code == "setting-changed" })
	for _, body := range []string{"the Release is out", "released", "is it TEA TIME?", "alice!"} {
		p.tells(from("<body>"+body+"</body>", "type='chat'"))
	}
	var got []bool
	for _, e := range events[session.Incoming](cl) {
		got = append(got, e.Mention)
	}
	if !reflect.DeepEqual(got, []bool{true, false, true, true}) {
		t.Errorf("got %v", got)
	}
}
