package session_test

import (
	"slices"
	"strings"
	"testing"

	"sotto/session"
	"sotto/session/wire"
	"sotto/store"
)

const autoText = "Back on Monday & not before"

// replies takes what was answered by itself.
func (p *peer) replies() (list []string) {
	p.t.Helper()
	p.sync()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, el := range p.heard {
		if el.ChildText(wire.NSClient, "body") == autoText {
			list = append(list, el.Attr("to")+" "+el.Attr("type"))
		}
	}
	p.heard = nil
	return list
}

func (cl *client) replyAway(text string, show session.Show) {
	cl.t.Helper()
	cl.a.SetAutoReply(text)
	wait(cl, "the text", func(e session.PolicyChanged) bool { return e.AutoReply == text })
	cl.be(show)
}

func (cl *client) be(show session.Show) {
	cl.t.Helper()
	cl.a.SetPresence(session.Presence{Show: show})
	wait(cl, "the state", func(e session.AccountChanged) bool { return e.Presence.Show == show })
}

// TestAutoReplyTo: only to what a person who sees us wrote to us just now.
func TestAutoReplyTo(t *testing.T) {
	const auto = "<headers xmlns='http://jabber.org/protocol/shim'><header name='Auto-Submitted'>auto-replied</header></headers>"
	line := from("<body>are you there?</body>")
	for name, x := range map[string]struct {
		show session.Show
		xml  string
		yes  bool
	}{
		"away":              {session.Away, line, true},
		"long away":         {session.ExtAway, line, true},
		"busy":              {session.Busy, line, true},
		"there":             {session.Available, line, false},
		"a normal message":  {session.Away, from("<body>hi</body>", "id='n'"), true},
		"no words":          {session.Away, from("<composing xmlns='http://jabber.org/protocol/chatstates'/>"), false},
		"a headline":        {session.Away, from("<body>news</body>", "type='headline' id='h'"), false},
		"an error":          {session.Away, from("<body>hi</body><error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>", "type='error' id='e'"), false},
		"another automaton": {session.Away, from("<body>I am away too</body>" + auto), false},
		"nothing to keep":   {session.Away, from("<body>tick</body><no-store xmlns='urn:xmpp:hints'/>"), false},
		"a copy":            {session.Away, copied("received", "<message"+inClient+" from='bob@example.org/phone' to='alice@example.org/other' type='chat' id='c'><body>hi</body></message>"), false},
		"our own":           {session.Away, copied("sent", "<message"+inClient+" from='alice@example.org/other' to='bob@example.org' type='chat' id='c'><body>hi</body></message>"), false},
		"a stranger":        {session.Away, eve("<body>hi</body>"), false},
		"who only we see":   {session.Away, "<message from='dave@example.org/x' to='alice@example.org' type='chat' id='d'><body>hi</body></message>", false},
		"stored meanwhile":  {session.Away, from("<body>hi</body><delay xmlns='urn:xmpp:delay' from='example.org' stamp='2026-01-01T00:00:00Z'/>"), false},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPeer(t)
			p.roster = bobToo + "<item jid='dave@example.org' subscription='to'/>"
			cl := p.login()
			cl.replyAway(autoText, x.show)
			p.tells(x.xml)
			want := []string{}
			if x.yes {
				want = []string{"bob@example.org chat"}
			}
			if got := p.replies(); strings.Join(got, ",") != strings.Join(want, ",") {
				t.Errorf("answered %q, want %q", got, want)
			}
		})
	}
}

// TestAutoReplyOnce: once in an absence, also over a restart; anew in the next one;
// what was sent stands in the chat, and says of itself what it is.
func TestAutoReplyOnce(t *testing.T) {
	p := newPeer(t)
	p.roster = bobToo
	cl := p.login()
	cl.replyAway(autoText, session.Away)
	p.tells(bobsLine(1, ""))
	el := p.await("the answer", func(el *wire.Element) bool { return el.ChildText(wire.NSClient, "body") == autoText })
	if el.Child("urn:xmpp:hints", "no-permanent-store") == nil || el.Child("http://jabber.org/protocol/shim", "headers") == nil {
		t.Errorf("it does not say what it is: %s", el.Bytes())
	}
	p.tells(bobsLine(2, ""), bobsLine(3, ""))
	// Nobody read anything for that, and what was being typed is still there.
	if c := cl.chat(store.Direct, "bob@example.org"); c.Unread != 3 {
		t.Errorf("%d unread, want 3", c.Unread)
	}
	cl.be(session.Busy)
	p.tells(bobsLine(4, ""))
	if got := p.replies(); len(got) > 0 {
		t.Errorf("again: %q", got)
	}
	opt := p.options()
	opt.Store = cl.st
	cl.c.Close()
	cl = run(t, opt, store.AccountConfig{JID: me, Host: peerDomain, Port: 5223, TLS: "direct"})
	cl.online()
	p.replies()
	p.tells(bobsLine(5, ""))
	if got := p.replies(); len(got) > 0 {
		t.Errorf("after a restart: %q", got)
	}
	cl.be(session.Available)
	p.tells(bobsLine(6, ""))
	cl.be(session.Away)
	p.tells(bobsLine(7, ""))
	if got := p.replies(); !slices.Equal(got, []string{"bob@example.org chat"}) {
		t.Errorf("the next time: %q", got)
	}
	n := 0
	for _, m := range cl.rows(cl.chat(store.Direct, "bob@example.org").ID) {
		if m.Outgoing && m.Body == autoText {
			n++
		}
	}
	if n != 2 {
		t.Errorf("the chat has %d answers, want 2", n)
	}
	cl.replyAway("", session.Away)
	p.tells(bobsLine(8, ""))
	if got := p.replies(); len(got) > 0 {
		t.Errorf("switched off: %q", got)
	}
}
