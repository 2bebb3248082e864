package ui

import (
	"strings"
	"time"

	"github.com/gdamore/tcell/v2"

	"sotto/session"
	"sotto/store"
	"sotto/ui/catalog"
	"sotto/ui/text"
)

// personFact is a line about a person.
type personFact struct {
	mark      string
	markStyle tcell.Style
	indent    int
	text      string
	style     tcell.Style
	picture   *store.Picture // a row of it stands here; nil: a text
	row       int
}

// resourcesMax is how many devices are told one by one.
const resourcesMax = 20

// facesFrom is the height of the pane from which it has room for a picture.
const facesFrom = 14

// person is what there is to say about the other side of a chat with one.
func (p *peoplePane) person(c store.Chat, w, h int) (lines []personFact) {
	w = max(w, 4)
	say := func(indent int, t string, style tcell.Style) {
		for _, line := range text.Wrap(t, w-indent) {
			lines = append(lines, personFact{indent: indent, text: line, style: style})
		}
	}
	gap := func() { lines = append(lines, personFact{}) }
	id := who{c.Account, c.JID}
	face := id
	if c.Kind == store.Private {
		face.jid += "/" + c.Nick
	}
	if v := p.m.avatars[face]; p.l.pictures && v.Height() > 0 && h >= facesFrom {
		_, rows := pictureSize(&v, w)
		for row := range rows {
			lines = append(lines, personFact{picture: &v, row: row})
		}
	}
	switch c.Kind {
	case store.Private:
		say(0, catalog.T("people.private", "#"+p.m.roomName(id)), p.l.Dim)
		return lines
	case store.Self:
		say(0, catalog.T("people.self"), p.l.Dim)
		gap()
	}
	say(0, text.Line(c.JID), p.l.Dim)
	gap()
	list := p.m.presence[id]
	if len(list) == 0 {
		mark, style := p.l.show(session.Unavailable)
		lines = append(lines, personFact{mark: mark, markStyle: style, indent: 2, text: catalog.T("people.offline"), style: p.l.Offline})
	}
	for i := range list[:min(len(list), resourcesMax)] {
		mark, style := p.l.show(list[i].Presence.Show)
		at := len(lines)
		p.device(&list[i], p.m.asked[who{c.Account, c.JID + "/" + list[i].Name}], say)
		lines[at].mark, lines[at].markStyle = mark, style
	}
	if n := len(list) - resourcesMax; n > 0 {
		say(2, catalog.T("people.more", catalog.Count(n)), p.l.Dim)
	}
	if c.Kind == store.Self {
		return lines
	}
	gap()
	contact, known := p.m.contacts[id]
	if !known {
		say(0, catalog.T("people.stranger"), p.l.Dim)
		return lines
	}
	sub := contact.Subscription
	if !catalog.Has("people.sub." + sub) {
		sub = "none"
	}
	say(0, catalog.T("people.sub."+sub), p.l.Text)
	if contact.Ask {
		say(0, catalog.T("people.sub.ask"), p.l.Dim)
	}
	if groups := groupsOf(contact); len(groups) > 0 {
		for i, g := range groups {
			groups[i] = text.Name(g)
		}
		say(0, catalog.T("people.groups", strings.Join(groups, ", ")), p.l.Text)
	}
	if n := len(p.m.policies[c.Account].Policy.People[c.JID]); n > 0 {
		say(0, catalog.Plural("people.may", n), p.l.Dim)
	}
	if p.m.waits(id) {
		say(0, catalog.T("people.alert"), p.l.Notice)
	}
	return lines
}

// device tells one device of a contact.
func (p *peoplePane) device(d *session.Resource, told asked, say func(int, string, tcell.Style)) {
	name := catalog.T("people.no-resource")
	if d.Name != "" {
		name = text.Name(d.Name)
	}
	say(2, catalog.T("show."+showCode(d.Presence.Show))+" · "+name, p.l.Text)
	app := ""
	client := d.Client
	if told.version != "" {
		client = told.version
	}
	for _, part := range []string{client, d.Device} {
		if part = strings.TrimSpace(text.Line(part)); part != "" {
			app += sep(text.Cut(part, text.NameMax))
		}
	}
	if !d.Idle.IsZero() {
		app += sep(catalog.T("people.idle", span(p.l.now().Sub(d.Idle))))
	}
	if told.zone != nil {
		app += sep(p.l.localTime(told.zone))
	}
	if !d.Since.IsZero() && p.l.now().Sub(d.Since) > time.Minute {
		app += sep(catalog.T("people.since", p.l.clock(d.Since)))
	}
	if d.Presence.Priority != 0 {
		app += sep(catalog.T("people.priority", catalog.Count(d.Presence.Priority)))
	}
	if app != "" {
		say(2, strings.TrimPrefix(app, " · "), p.l.Dim)
	}
	if t := strings.TrimSpace(text.Line(d.Presence.Text)); t != "" {
		say(2, text.Cut(t, 200), p.l.Notice)
	}
}

// span writes a time that passed, roughly.
func span(d time.Duration) string {
	switch {
	case d < time.Minute:
		return catalog.T("span.moment")
	case d < time.Hour:
		return catalog.T("span.minutes", catalog.Count(int(d.Minutes())))
	case d < 48*time.Hour:
		return catalog.T("span.hours", catalog.Count(int(d.Hours())))
	}
	return catalog.T("span.days", catalog.Count(int(d.Hours()/24)))
}
