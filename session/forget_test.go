package session_test

import (
	"strings"
	"testing"

	"sotto/store"
)

// TestForget: messages that were taken away from this device stay away, whatever the
// server tells again; a line that did not go will not.
func TestForget(t *testing.T) {
	p := newPeer(t)
	p.roster = "<item jid='bob@example.org' subscription='both'/>"
	cl := p.login()
	line := from("<body>forget me</body><stanza-id xmlns='urn:xmpp:sid:0' id='s-1' by='alice@example.org'/>", "type='chat' id='the-long-id-of-bob'")
	p.tells(line, from("<body>stay</body>", "type='chat' id='another-id-of-bob'"))
	chat := cl.open("bob@example.org")
	own := p.sent(cl, chat, "mine")
	rows := cl.rows(chat)
	cl.a.Forget([]store.MessageID{rows[0].ID, own.ID})
	only := func() bool { rows := cl.rows(chat); return len(rows) == 1 && rows[0].Body == "stay" }
	cl.until("gone", only)
	p.took()
	p.tells(line, copied("received", strings.Replace(line, "<message", "<message"+inClient, 1)),
		copied("sent", "<message"+inClient+" from='alice@example.org/sotto' to='bob@example.org' type='chat' id='"+own.LocalID+"'><body>mine</body><origin-id xmlns='urn:xmpp:sid:0' id='"+own.LocalID+"'/></message>"),
		from("<body>forget him</body><replace xmlns='urn:xmpp:message-correct:0' id='the-long-id-of-bob'/>", "type='chat' id='mended'"))
	if !only() {
		t.Errorf("it came again: %v", cl.said())
	}

	cl.a.Disconnect()
	cl.a.Send(chat, "never to go")
	cl.until("it waits", func() bool { return cl.has(chat, "never to go", store.Queued) })
	for _, m := range cl.rows(chat) {
		if m.Outgoing {
			cl.a.Forget([]store.MessageID{m.ID})
		}
	}
	cl.until("none is queued", func() bool {
		list, err := cl.st.Outbox(t.Context(), cl.a.ID())
		return err == nil && len(list) == 0 && only()
	})
}
