package ui

import (
	"slices"
	"strings"

	"github.com/gdamore/tcell/v2"

	"sotto/session"
	"sotto/store"
	"sotto/ui/catalog"
	"sotto/ui/text"
)

// invitations lists the rooms that somebody wants us in.
type invitations struct {
	l    *look
	m    *model
	rows []invitationRow
	scroller
}

type invitationRow struct {
	account store.AccountID
	session.Invitation
}

func (a *App) openInvitations() {
	d := &invitations{l: a.look, m: a.m}
	if d.rebuild(); len(d.rows) == 0 {
		a.say(catalog.T("invitations.none"))
		return
	}
	a.note.clear()
	a.dialog = d
}

// invitationsChanged follows the invitations of an account.
func (a *App) invitationsChanged(e session.InvitationsChanged) {
	a.m.invitations[e.Account] = e.List
	if d, ok := a.dialog.(*invitations); ok {
		if d.rebuild(); len(d.rows) == 0 {
			a.closeDialog()
		}
	}
}

func (d *invitations) rebuild() {
	d.rows = d.rows[:0]
	for _, acc := range d.m.accounts {
		for _, i := range slices.Backward(d.m.invitations[acc.ID]) {
			d.rows = append(d.rows, invitationRow{acc.ID, i})
		}
	}
	d.move(0, len(d.rows))
}

func (d *invitations) lists() bool { return true }

func (d *invitations) key(a *App, ev *tcell.EventKey) bool {
	name := keyName(ev)
	if d.scroller.key(name, len(d.rows)) {
		return true
	}
	if name == "Esc" || name == "q" {
		a.closeDialog()
		return true
	}
	if d.cursor < 0 || d.cursor >= len(d.rows) {
		return false
	}
	r := d.rows[d.cursor]
	acc := a.c.Account(r.account)
	if acc == nil {
		return false
	}
	switch name {
	case "Enter":
		a.closeDialog()
		acc.AnswerInvitation(r.Invitation, true)
	case "d", "Delete":
		acc.AnswerInvitation(r.Invitation, false)
	case "b":
		a.closeDialog()
		whom := r.From
		if r.Mediated && r.Stranger {
			whom = r.Room // who invites is the room's word alone
		}
		a.askBlock(who{r.account, whom})
	default:
		return false
	}
	return true
}

func (d *invitations) paste(*App, string) {}

// words says who invites into a room, and why.
func (r *invitationRow) words() string {
	code := "invitations.by"
	switch {
	case r.Mediated && r.From == "":
		code = "invitations.room"
	case r.Mediated:
		code = "invitations.through"
	}
	out := catalog.T(code, r.From)
	if r.Stranger {
		out += " · " + catalog.T("invitations.stranger")
	}
	if t := strings.TrimSpace(text.Line(r.Reason)); t != "" {
		out += " · " + t
	}
	return out
}

func (d *invitations) draw(s tcell.Screen, all rect) {
	drawPairs(s, d.l, all, catalog.T("invitations.title"), "invitations.keys", len(d.rows), &d.scroller, func(i int) (head, about string) {
		return d.rows[i].Room, d.rows[i].words()
	})
}

func (a *App) cmdInvite(args string) {
	jid, reason, _ := strings.Cut(args, " ")
	if jid == "" {
		a.usage("invite")
		return
	}
	if w, ok := a.address(jid); ok {
		a.withChat(func(acc *session.Account, c store.Chat) { acc.Invite(c.ID, w.jid, strings.TrimSpace(reason)) })
	}
}
