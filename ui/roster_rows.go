package ui

import (
	"slices"
	"strings"

	"sotto/session"
	"sotto/store"
	"sotto/ui/text"
)

// rowKind is what a row of the roster stands for.
type rowKind int

const (
	rowChat rowKind = iota
	rowRequest
	rowGroup
	rowContact
)

// rosterRow is one row of the roster.
type rosterRow struct {
	kind    rowKind
	who     who
	chat    store.ChatID
	group   string // of a heading, or the one a contact stands in; empty: none
	account bool   // a heading of an account
	index   int    // of a chat among the chats shown
	online  int    // of a heading
	total   int
}

// rowID tells a row again after a rebuild.
type rowID struct {
	kind    rowKind
	who     who
	chat    store.ChatID
	group   string
	account bool
}

func (r rosterRow) id() rowID { return rowID{r.kind, r.who, r.chat, r.group, r.account} }

// foldKey names a heading: an account, or a group of one.
type foldKey struct {
	account store.AccountID
	group   string
	inner   bool // a group
}

func (r rosterRow) fold() foldKey { return foldKey{r.who.account, r.group, !r.account} }

// rebuild makes the rows after the model changed. The cursor stays on its row,
// and the row where it is on the screen.
func (p *rosterPane) rebuild() {
	at, has := p.selected()
	line := p.cursor - p.top
	p.sortChats()
	p.names.update(p.m)
	p.rows = p.rows[:0]
	if p.filtering() {
		p.addMatches(strings.ToLower(strings.TrimSpace(p.find.text)))
	} else {
		for i, c := range p.chats {
			p.rows = append(p.rows, rosterRow{kind: rowChat, who: who{c.Account, c.JID}, chat: c.ID, index: i})
		}
		if n := len(p.m.requests); n > 0 {
			p.rows = append(p.rows, rosterRow{kind: rowRequest, total: n})
		}
		p.addContacts()
	}
	if !has {
		p.cursor, p.top = 0, 0
		return
	}
	same := func(r rosterRow) bool { return r.id() == at.id() }
	if i := slices.IndexFunc(p.rows, same); i >= 0 {
		p.cursor = i
	}
	p.cursor = max(0, min(p.cursor, len(p.rows)-1))
	p.top = max(0, p.cursor-line)
}

// sortChats takes the chats, newest first. While the keys are in the roster
// nothing changes its place: new ones come last.
func (p *rosterPane) sortChats() {
	if !p.focused {
		p.chats = append(p.chats[:0], p.m.chats...)
		return
	}
	place := make(map[store.ChatID]int, len(p.chats))
	for i, c := range p.chats {
		place[c.ID] = i
	}
	next := append([]store.Chat(nil), p.m.chats...)
	rank := func(c store.Chat) int {
		if i, ok := place[c.ID]; ok {
			return i
		}
		return len(place)
	}
	slices.SortStableFunc(next, func(a, b store.Chat) int { return rank(a) - rank(b) })
	p.chats = next
}

// section is a group with its contacts, the present ones first.
type section struct {
	group  string
	ranked [ranks][]int32 // indices of the name index
	online int
	total  int
}

const ranks = 6

// rank sorts states: who can be talked to first.
func rank(s session.Show) int {
	switch s {
	case session.FreeForChat:
		return 0
	case session.Available:
		return 1
	case session.Away:
		return 2
	case session.Busy:
		return 3
	case session.ExtAway:
		return 4
	}
	return ranks - 1
}

// addContacts appends the contacts below their headings, account by account.
func (p *rosterPane) addContacts() {
	several := len(p.m.accounts) > 1
	for _, a := range p.m.accounts {
		sections := p.sections(a.ID)
		if several {
			h := rosterRow{kind: rowGroup, who: who{account: a.ID}, account: true}
			for _, c := range p.names.list {
				if c.who.account == a.ID {
					h.total++
					if c.rank < ranks-1 {
						h.online++
					}
				}
			}
			p.rows = append(p.rows, h)
			if p.folded[h.fold()] {
				continue
			}
		}
		for _, s := range sections {
			h := rosterRow{kind: rowGroup, who: who{account: a.ID}, group: s.group, online: s.online, total: s.total}
			p.rows = append(p.rows, h)
			if p.folded[h.fold()] {
				continue
			}
			for _, list := range s.ranked {
				for _, i := range list {
					p.rows = append(p.rows, rosterRow{kind: rowContact, who: p.names.list[i].who, group: s.group})
				}
			}
		}
	}
}

// sections sorts the contacts of an account into groups: by name, those
// without a group last.
func (p *rosterPane) sections(account store.AccountID) []*section {
	byName := map[string]*section{}
	var list []*section
	into := func(group string, i int, rank int) {
		s := byName[group]
		if s == nil {
			s = &section{group: group}
			byName[group] = s
			list = append(list, s)
		}
		s.ranked[rank] = append(s.ranked[rank], int32(i))
		s.total++
		if rank < ranks-1 {
			s.online++
		}
	}
	for i := range p.names.list {
		c := &p.names.list[i]
		if c.who.account != account {
			continue
		}
		c.rank = rank(p.m.show(c.who).Show)
		for _, g := range c.groups {
			into(g, i, c.rank)
		}
		if len(c.groups) == 0 {
			into("", i, c.rank)
		}
	}
	slices.SortFunc(list, func(a, b *section) int {
		if (a.group == "") != (b.group == "") {
			return len(b.group) - len(a.group) // "" behind the others
		}
		return compareFold(a.group, b.group)
	})
	return list
}

// addMatches appends the chats and contacts whose name or address has a text in it.
func (p *rosterPane) addMatches(f string) {
	for i, c := range p.chats {
		if strings.Contains(strings.ToLower(p.m.title(c)), f) || strings.Contains(strings.ToLower(c.JID), f) {
			p.rows = append(p.rows, rosterRow{kind: rowChat, who: who{c.Account, c.JID}, chat: c.ID, index: i})
		}
	}
	for _, c := range p.names.list {
		if strings.Contains(c.folded, f) || strings.Contains(c.who.jid, f) {
			r := rosterRow{kind: rowContact, who: c.who}
			if len(c.groups) > 0 {
				r.group = c.groups[0]
			}
			p.rows = append(p.rows, r)
		}
	}
}

// nameIndex is the contacts sorted by name. Presence changes often and names do
// not, so the order is kept until a contact changes.
type nameIndex struct {
	list []named
	at   map[who]int
}

type named struct {
	who    who
	raw    string // the name it was made from
	folded string
	groups []string
	rank   int
}

func (x *nameIndex) update(m *model) {
	if x.fits(m) {
		return
	}
	known := x.at
	old := x.list
	x.list = make([]named, 0, len(m.contacts))
	for w, c := range m.contacts {
		n := named{who: w, raw: c.Name, groups: groupsOf(c)}
		if i, ok := known[w]; ok && old[i].raw == c.Name {
			n.folded = old[i].folded
		} else {
			n.folded = strings.ToLower(m.name(w))
		}
		x.list = append(x.list, n)
	}
	slices.SortFunc(x.list, func(a, b named) int {
		if c := strings.Compare(a.folded, b.folded); c != 0 {
			return c
		}
		return strings.Compare(a.who.jid, b.who.jid)
	})
	x.at = make(map[who]int, len(x.list))
	for i := range x.list {
		x.at[x.list[i].who] = i
	}
}

// fits says that the index has all contacts as they are.
func (x *nameIndex) fits(m *model) bool {
	if len(x.list) != len(m.contacts) {
		return false
	}
	for i := range x.list {
		n := &x.list[i]
		c, ok := m.contacts[n.who]
		if !ok || c.Name != n.raw || !sameGroups(c.Groups, n.groups) {
			return false
		}
	}
	return true
}

// groupsOf is the groups of a contact without empty and doubled ones.
func groupsOf(c store.Contact) (list []string) {
	for _, g := range c.Groups {
		if strings.TrimSpace(text.Line(g)) != "" && !slices.Contains(list, g) {
			list = append(list, g)
		}
	}
	return list
}

func sameGroups(raw, clean []string) bool {
	return slices.Equal(raw, clean) || slices.Equal(groupsOf(store.Contact{Groups: raw}), clean)
}
