package session

import (
	"fmt"
	"testing"

	"sotto/session/wire"
	"sotto/store"
)

const ownBare = "alice@example.org"

// newLoopFor makes the loop of an account without a link, on a real store. The
// test is its goroutine.
func newLoopFor(tb testing.TB) *loop {
	tb.Helper()
	st, err := store.Open(tb.Context(), store.Options{Dir: tb.TempDir()})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = st.Close() })
	c := New(Options{Store: st, Config: store.DefaultConfig()})
	var row store.Account
	if _, err := st.Write(tb.Context(), func(tx *store.Tx) (err error) { row, err = tx.EnsureAccount(ownBare); return err }); err != nil {
		tb.Fatal(err)
	}
	a := &Account{id: row.ID, jid: ownBare, c: c, cmds: make(chan func(*loop), 1), done: make(chan struct{})}
	l, err := newLoop(a, store.AccountConfig{JID: ownBare}, row)
	if err != nil {
		tb.Fatal(err)
	}
	l.ctx = tb.Context()
	return l
}

// arrived is a stanza as the link hands it over.
func arrived(tb testing.TB, xml string) wire.Stanza {
	tb.Helper()
	el, err := wire.ParseElement([]byte(xml), wire.NSClient)
	if err != nil {
		tb.Fatalf("%s: %v", xml, err)
	}
	return wire.Stanza{Element: el, From: wire.Lenient(el.Attr("from")), To: wire.Lenient(el.Attr("to"))}
}

// BenchmarkIngest is what a message costs from the decoded stanza to the disk,
// in bursts of 500: of contacts, each named by the archive, indexed for search.
func BenchmarkIngest(b *testing.B) {
	l := newLoopFor(b)
	n := 0
	list := make([]wire.Stanza, burst)
	for b.Loop() {
		b.StopTimer()
		for i := range list {
			n++
			list[i] = arrived(b, fmt.Sprintf(`<message from='bob%d@example.org/phone' to='alice@example.org' type='chat' id='message-id-%d'>`+
				`<body>The parcel number %d arrived this morning, thank you very much; the cat was surprised.</body>`+
				`<origin-id xmlns='urn:xmpp:sid:0' id='origin-id-%d'/><stanza-id xmlns='urn:xmpp:sid:0' by='alice@example.org' id='archive-id-%d'/>`+
				`<active xmlns='http://jabber.org/protocol/chatstates'/><markable xmlns='urn:xmpp:chat-markers:0'/></message>`, n%20, n, n, n, n))
		}
		b.StartTimer()
		if err := l.applyBurst(list); err != nil {
			b.Fatal(err)
		}
		l.flush()
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(n), "µs/message")
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "messages/s")
}
