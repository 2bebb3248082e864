package ui

import (
	"context"
	"strconv"
	"strings"
	"time"

	"sotto/session"
	"sotto/store"
	"sotto/ui/catalog"
	"sotto/ui/text"
)

// connection is the screen that tells how an account is connected. It is read
// again whenever the account changes.
type connection struct {
	*viewer
	account store.AccountID
	rows    []paragraph
	fresh   bool // rows came after what is shown
	next    int  // the id of the next row: a row that changed is another
}

// cmdConnection shows the connection of the account named, or of the one at hand.
func (a *App) cmdConnection(name string) {
	id := a.acting()
	if name = strings.TrimSpace(name); name != "" {
		id = 0
		for _, acc := range a.c.Accounts() {
			if strings.EqualFold(acc.JID(), name) {
				id = acc.ID()
			}
		}
	}
	if a.c.Account(id) == nil {
		if name == "" {
			a.say(catalog.T("connection.none"))
		} else {
			a.sayProblem(session.Problem{Code: "no-account", Args: []string{name}}, "")
		}
		return
	}
	a.readConnection(id, (*App).openConnection)
}

func (a *App) openConnection(c session.Connection) {
	v := &connection{account: c.ID}
	v.take(a, c)
	v.viewer = &viewer{title: catalog.T("connection.title", c.JID), read: func() []paragraph { v.fresh = false; return v.rows }, reread: func() bool { return v.fresh }}
	a.openViewer(v.viewer)
	a.dialog = v
}

func (a *App) readConnection(id store.AccountID, then func(*App, session.Connection)) {
	acc := a.c.Account(id)
	if acc == nil {
		return
	}
	a.pager.want("connection", func(ctx context.Context) func(*App) {
		c, err := acc.Connection(ctx)
		if err != nil {
			return nil
		}
		return func(a *App) { then(a, c) }
	})
}

// connectionMoved reads the screen again that shows this account.
func (a *App) connectionMoved(i session.AccountInfo) {
	if v, ok := a.dialog.(*connection); ok && v.account == i.ID {
		a.readConnection(i.ID, func(a *App, c session.Connection) {
			if a.dialog == dialog(v) {
				v.take(a, c)
				v.fresh = true
			}
		})
	}
}

// take makes the rows. What the server wrote passes the filter with the rest of
// the text, where the viewer draws it.
func (v *connection) take(a *App, c session.Connection) {
	v.rows = nil
	add := func(code string, lines ...string) {
		for i, line := range lines {
			v.rows = append(v.rows, paragraph{id: v.next, head: catalog.T(code), text: line, style: a.look.Text, more: i > 0})
			v.next++
		}
	}
	add("connection.state", v.state(a, c)...)
	if c.Addr == "" {
		if c.Floor != "" {
			add("connection.floor", floorLine(c.Floor))
		}
		return
	}
	way := "connection.starttls"
	switch {
	case !c.Secure:
		way = "connection.open"
	case c.Direct:
		way = "connection.direct"
	}
	server := []string{catalog.T(way, c.Addr)}
	if c.Remote != "" && c.Remote != c.Addr {
		server = append(server, catalog.T("connection.at", c.Remote))
	}
	add("connection.server", server...)
	if c.Secure {
		add("connection.tls", catalog.T("connection.suite", c.TLS, c.Cipher))
	} else {
		add("connection.tls", catalog.T("connection.bare"))
	}
	for i, x := range c.Chain {
		lines := []string{catalog.T("connection.for", x.Subject)}
		if len(x.Names) > 0 {
			lines = append(lines, catalog.T("connection.names", strings.Join(x.Names, ", ")))
		}
		lines = append(lines, catalog.T("connection.by", x.Issuer), catalog.T("connection.valid", day(x.NotBefore), day(x.NotAfter)), catalog.T("connection.sha", grouped(x.SHA256)))
		code := "connection.issuer"
		if i == 0 {
			code = "connection.cert"
		}
		add(code, lines...)
	}
	if len(c.Chain) > 0 {
		add("connection.vouch", voucher(c))
	}
	if c.Binding != "" {
		add("connection.login", catalog.T("connection.bound", c.Mechanism, c.Binding))
	} else {
		add("connection.login", catalog.T("connection.unbound", c.Mechanism))
	}
	bindings := catalog.T("connection.nothing")
	if len(c.Bindings) > 0 {
		bindings = strings.Join(c.Bindings, " ")
	}
	add("connection.offered", catalog.T("connection.bindings", strings.Join(c.Offered, " "), bindings))
	if c.Floor != "" {
		add("connection.floor", floorLine(c.Floor))
	}
	guard := "connection.unguarded"
	if c.Guarded {
		guard = "connection.guarded"
	}
	add("connection.guard", catalog.T(guard))
	switch {
	case !c.Managed:
		add("connection.sm", catalog.T("connection.sm-off"))
	case !c.Resumable:
		add("connection.sm", catalog.T("connection.sm-on"))
	case c.Wait > 0:
		add("connection.sm", catalog.T("connection.sm-wait", strconv.Itoa(int(c.Wait/time.Second))))
	default:
		add("connection.sm", catalog.T("connection.sm-resume"))
	}
	if c.Software != "" {
		add("connection.runs", c.Software)
	}
}

func (v *connection) state(a *App, c session.Connection) []string {
	since := ""
	if !c.Since.IsZero() {
		since = c.Since.In(a.look.zone).Format("2006-01-02 15:04:05")
	}
	var now string
	switch c.Link {
	case session.Online:
		code := "connection.since"
		if c.Resumed {
			code = "connection.resumed"
		}
		return []string{catalog.T(code, since)}
	case session.Offline:
		now = catalog.T("connection.offline")
	case session.Waiting:
		now = catalog.T("connection.waiting")
	default:
		now = catalog.T(linkCodes[c.Link])
	}
	if since != "" && c.Addr == "" {
		now = catalog.T("connection.lost", now, since)
	}
	lines := []string{now}
	if c.Problem != nil {
		lines = append(lines, catalog.Problem(*c.Problem, c.JID).String())
	}
	return lines
}

// voucher says who says that the certificate is the server's.
func voucher(c session.Connection) string {
	roots := catalog.T("connection.roots")
	if c.CAFile != "" {
		roots = catalog.T("connection.file")
	}
	if c.Pinned == session.PinNone {
		return roots
	}
	pin := "connection.pin"
	if c.Pinned == session.PinOnce {
		pin = "connection.once"
	}
	code := "connection.alone"
	if c.Rooted {
		code = "connection.also"
	}
	return catalog.T(code, catalog.T(pin), roots)
}

func floorLine(mechanism string) string {
	if mechanism == "PLAIN" {
		return catalog.T("connection.only-plain", mechanism)
	}
	return catalog.T("connection.weaker", mechanism)
}

func day(t time.Time) string { return t.UTC().Format("2006-01-02") }

// grouped writes a fingerprint in groups that can be read out.
func grouped(sha string) string { return strings.Join(groups(text.Line(sha), 1000), " ") }
