package session

import (
	"cmp"
	"errors"

	"sotto/session/wire"
	"sotto/store"
)

// What an account does with itself on its server: XEP-0077 §3.2 and §3.3.

// UsablePassword is a password in the form in which servers know it (RFC 4013);
// false: no account can have it.
func UsablePassword(s string) (string, bool) {
	p, err := wire.PreparePassword(s)
	return p, err == nil
}

// ChangePassword gives the account another password on its server; it is kept
// where keep says, and the old one nowhere; Unsaid: where the old one was. The account must be online, which proves the old one. An
// [Answer] says what came of it.
func (a *Account) ChangePassword(password string, keep store.Place) {
	a.do(0, func(l *loop) { l.changePassword(password, keep) })
}

// DeleteAccount removes the account from its server for good, and then from the
// configuration. The history stays on the disk.
func (a *Account) DeleteAccount() { a.do(0, (*loop).deleteAccount) }

func (l *loop) changePassword(typed string, keep store.Place) {
	password, ok := UsablePassword(typed)
	if !ok {
		l.tellProblem(0, Problem{Code: "bad-password-text"})
		return
	}
	j := wire.Lenient(l.a.jid)
	q := wire.New(nsRegister, "query").Add(wire.New(nsRegister, "username").SetText(j.Local()), wire.New(nsRegister, "password").SetText(password))
	if l.state != Online || !l.ask(iq("set", j.Domain(), q), func(_ *store.Tx, _ *wire.Element, err error) error {
		switch {
		case err == errLinkLost:
			l.tellProblem(0, Problem{Code: "password-unsure", Args: []string{l.a.jid}})
		case err != nil:
			l.tellProblem(0, ownProblem("password-refused", err, j))
		default:
			l.passwordChanged(password, keep)
		}
		return nil
	}) {
		l.tellProblem(0, Problem{Code: "offline"})
	}
}

// passwordChanged keeps the new password where the old one was.
func (l *loop) passwordChanged(password string, keep store.Place) {
	l.password, l.badSecret = password, false
	if l.c.opt.Secrets.Vault.Shut() {
		l.password = ""
	}
	if keep == store.Unsaid {
		keep = cmp.Or(l.keptIn, store.Asked) // the old one stays nowhere
	}
	l.keepPassword(password, keep)
	code := "password-changed"
	if len(l.cfg.Command()) > 0 {
		code = "password-changed-command" // that one says the old one still
	}
	l.tell(0, code, l.a.jid)
}

func (l *loop) deleteAccount() {
	j := wire.Lenient(l.a.jid)
	q := wire.New(nsRegister, "query").Add(wire.New(nsRegister, "remove"))
	if l.state != Online || !l.ask(iq("set", "", q), func(_ *store.Tx, _ *wire.Element, err error) error {
		asked := l.deleting
		l.deleting = false
		switch {
		case err == errLinkLost && !asked: // the end of the link was the answer
		case err == errLinkLost:
			l.tellProblem(0, Problem{Code: "delete-unsure", Args: []string{l.a.jid}})
		case err != nil:
			l.tellProblem(0, ownProblem("delete-refused", err, j))
		default:
			l.accountDeleted()
		}
		return nil
	}) {
		l.tellProblem(0, Problem{Code: "offline"})
		return
	}
	l.deleting = true
}

// accountDeleted follows the server's word that the account is gone.
func (l *loop) accountDeleted() {
	l.want, l.deleting, l.deleted = false, false, true
	l.then = append(l.then, func() { l.c.removeAccount(l.a.id, "account-deleted") })
}

// deletedAtOnce says that a link ended because the server did what was asked: it
// may say so by ending the stream alone (XEP-0077 §3.2).
func (l *loop) deletedAtOnce(err error) bool {
	var e *wire.Error
	return l.deleting && errors.As(err, &e) && e.Kind == wire.StreamError && e.Condition == "not-authorized"
}

// ownProblem says why the server did not do what its own account asked.
func ownProblem(code string, err error, j wire.JID) Problem {
	p := stanzaProblem(code, err)
	p.Host = j.Domain()
	var e *wire.StanzaError
	if errors.As(err, &e) {
		switch e.Condition {
		case "not-allowed", "forbidden", "service-unavailable", "feature-not-implemented", "unexpected-request":
			p.Code = code + "-never"
		case "bad-request", "not-acceptable", "jid-malformed":
			p.Code = code + "-unfit"
		}
	}
	if code == "delete-refused" && p.Code == code+"-unfit" {
		p.Code = code
	}
	return p
}
