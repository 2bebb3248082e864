package ui

import (
	"github.com/gdamore/tcell/v2"
	"rsc.io/qr"

	"sotto/session"
	"sotto/ui/catalog"
	"sotto/ui/text"
)

// quiet is how many light modules stand around a code. ISO 18004 wants four; cameras
// take two, and terminals are small.
const quiet = 2

// invitation shows a link of ours as text and as a code.
type invitation struct {
	l     *look
	jid   string
	e     session.ContactInvitation
	code  *qr.Code // nil: the link is too long for one
	bare  bool     // no half blocks can be drawn
	color bool
	top   int
}

func (a *App) cmdInviteContact() {
	acc := a.c.Account(a.acting())
	if acc == nil {
		a.say(catalog.T("connection.none"))
		return
	}
	a.inviting = acc.ID()
	a.say(catalog.T("qr.asked"))
	acc.InviteContact()
}

// invitationMade shows the link that was asked for, unless something else is open.
func (a *App) invitationMade(e session.ContactInvitation) {
	if a.inviting != e.Account {
		return // another screen asked
	}
	a.inviting = 0
	i, _ := a.m.account(e.Account)
	d := &invitation{l: a.look, jid: i.JID, e: e, bare: a.look.ascii || a.plain != nil, color: a.t.Colors >= 8}
	// Where there is a page, a phone without a program for it gets somewhere, too.
	link := e.Page
	if link == "" {
		link = e.URI
	}
	if c, err := qr.Encode(link, qr.L); err == nil {
		d.code = c
	}
	a.dialog = d
}

// lines is what stands beside or above the code.
func (d *invitation) lines(w int) (out []string) {
	add := func(t string) { out = append(out, text.Wrap(t, w)...) }
	if d.e.Own {
		add(catalog.T("qr.own"))
	} else {
		add(catalog.T("qr.server"))
	}
	add(text.Line(d.e.URI))
	if d.e.Page != "" {
		out = append(out, "")
		add(catalog.T("qr.page"))
		add(text.Line(d.e.Page))
	}
	out = append(out, "")
	if d.e.Signup {
		add(catalog.T("qr.signup"))
	}
	if !d.e.Until.IsZero() {
		add(catalog.T("qr.until", d.e.Until.In(d.l.zone).Format("2006-01-02 15:04")))
	}
	return out
}

func (d *invitation) draw(s tcell.Screen, all rect) {
	size := 0
	if d.code != nil {
		size = d.code.Size + 2*quiet
	}
	rows := (size + 1) / 2
	in := frameOf(s, d.l, middle(all, min(all.w-2, max(60, size+44)), min(all.h, max(rows, 12)+3)), catalog.T("qr.title", d.jid))
	high := in.h - 1
	words := rect{in.x, in.y, in.w, high}
	why := ""
	switch {
	case d.code == nil:
	case d.bare:
		why = "qr.plain"
	case rows > high || size > in.w:
		why = "qr.small"
	case size+20 <= in.w:
		d.drawCode(s, in.x, in.y)
		words.x, words.w = in.x+size+2, in.w-size-2
	default:
		// Text and code do not fit side by side: the code is below, reached by Down.
		words.h = high
	}
	lines := d.lines(words.w)
	below := words.x == in.x && why == "" && d.code != nil
	if why != "" {
		lines = append(lines, text.Wrap(catalog.T(why), words.w)...)
	}
	if below {
		if d.top > 0 {
			d.top = 1
			d.drawCode(s, in.x+(in.w-size)/2, in.y)
			lines = nil
		}
	} else {
		d.top = max(0, min(d.top, len(lines)-words.h))
		lines = lines[d.top:]
	}
	for i, line := range lines {
		if i < words.h {
			put(s, words.x, words.y+i, words.w, line, d.l.Text)
		}
	}
	keys := "qr.keys"
	if d.e.Page == "" {
		keys = "qr.keys-own"
	}
	put(s, in.x, in.y+in.h-1, in.w, catalog.T(keys), d.l.Hint)
}

// drawCode draws two rows of modules in one of cells: dark on light, whatever the
// theme is, since a camera looks.
func (d *invitation) drawCode(s tcell.Screen, x, y int) {
	size := d.code.Size + 2*quiet
	dark := func(col, row int) bool { // Black takes places outside for light
		return d.code.Black(col-quiet, row-quiet)
	}
	style := tcell.StyleDefault.Foreground(tcell.ColorBlack).Background(tcell.ColorWhite)
	if !d.color {
		style = tcell.StyleDefault.Reverse(true)
	}
	for row := 0; row < size; row += 2 {
		for col := range size {
			r := ' '
			switch above, below := dark(col, row), dark(col, row+1); {
			case above && below:
				r = '█'
			case above:
				r = '▀'
			case below:
				r = '▄'
			}
			s.SetContent(x+col, y+row/2, r, nil, style)
		}
	}
}

func (d *invitation) key(a *App, ev *tcell.EventKey) bool {
	switch keyName(ev) {
	case "Esc", "q", "Enter":
		a.closeDialog()
	case "y":
		a.t.Screen.SetClipboard([]byte(d.e.URI))
		a.say(catalog.T("qr.copied"))
	case "p":
		if d.e.Page == "" {
			return false
		}
		a.t.Screen.SetClipboard([]byte(d.e.Page))
		a.say(catalog.T("qr.copied"))
	case "Down", "PgDn":
		d.top++
	case "Up", "PgUp":
		d.top = max(0, d.top-1)
	default:
		return false
	}
	return true
}

func (d *invitation) paste(*App, string) {}
