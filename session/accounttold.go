package session

import (
	"context"
	"slices"
	"time"

	"sotto/session/wire"
	"sotto/store"
)

// What a server says of an account of its own (XEP-0489 §3.2): how it knows it, and
// since when. Asked only when the user wants to know, and only of a server that
// announces it: what stands in a stanza, its sender may have written.

const nsAffiliation = "urn:xmpp:raa:0"

// accountKinds are the affiliations of §3.
var accountKinds = []string{"anonymous", "registered", "member", "admin"}

// AccountTold is what the server of an address says of the account.
type AccountTold struct {
	seal
	Account store.AccountID
	JID     string    // bare
	Kind    string    // anonymous, registered, member, admin; empty: the server does not tell
	Since   time.Time // when it was made, about; zero: not told
}

func (AccountTold) key() any { return nil }

// AskAccount asks the server of an address what it says of the account.
// [AccountTold] is the answer, also when there is none.
func (a *Account) AskAccount(jid string) { a.do(0, func(l *loop) { l.askAccount(jid) }) }

func (l *loop) askAccount(s string) {
	j, ok := l.contactAddress(s)
	switch {
	case !ok:
		return
	case l.link == nil:
		l.tellProblem(0, Problem{Code: "offline"})
		return
	}
	if p := l.barred(j); p != nil {
		l.tellProblem(0, *p)
		return
	}
	link := l.link
	ctx, cancel := context.WithTimeout(l.ctx, whoisTime)
	l.dials.Go(func() {
		defer l.c.guard()
		defer cancel()
		e := AccountTold{seal: localOrigin().seal(), Account: l.a.id, JID: j.String()}
		e.Kind, e.Since = accountTold(ctx, link, j)
		l.soon(func(l *loop) { l.emit(e) })
	})
}

func accountTold(ctx context.Context, link *wire.Link, bare wire.JID) (kind string, since time.Time) {
	info, err := link.Call(ctx, iq("get", bare.Domain(), wire.New(nsDiscoInfo, "query")))
	if err != nil {
		return "", time.Time{}
	}
	told := false
	for f := range info.Child(nsDiscoInfo, "query").All(nsDiscoInfo, "feature") {
		told = told || f.Attr("var") == nsAffiliation
	}
	if !told {
		return "", time.Time{}
	}
	el, err := link.Call(ctx, iq("get", bare.String(), wire.New(nsAffiliation, "query")))
	if err != nil {
		return "", time.Time{}
	}
	x := el.Child(nsAffiliation, "info")
	if kind = x.Attr("affiliation"); !slices.Contains(accountKinds, kind) {
		return "", time.Time{}
	}
	return kind, stamp(x.Attr("since"))
}
