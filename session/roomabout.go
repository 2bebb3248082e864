package session

import (
	"cmp"
	"slices"
	"strings"

	"sotto/session/wire"
	"sotto/store"
)

// What rooms of a directory say of themselves: XEP-0045 §6.4 with XEP-0128, asked
// slowly, of those that somebody looks at.

func (l *loop) askRooms(rooms []string) {
	d := l.dir
	if d == nil {
		return
	}
	list := slices.DeleteFunc(rooms, func(j string) bool { return !d.seen[j] || d.asked[j] })
	for _, j := range d.queue {
		if len(list) < detailsMax && !slices.Contains(list, j) {
			list = append(list, j)
		}
	}
	d.queue = list
	if d.ticker == nil {
		l.askNextRoom(d)
	}
}

// askNextRoom asks one, and the next one a little later.
func (l *loop) askNextRoom(d *directory) {
	d.ticker = nil
	if l.dir != d || len(d.queue) == 0 || l.state != Online {
		return
	}
	jid := d.queue[0]
	d.queue = d.queue[1:]
	d.asked[jid] = true
	l.ask(iq("get", jid, wire.New(nsDiscoInfo, "query")), func(_ *store.Tx, el *wire.Element, err error) error {
		if err != nil || l.dir != d {
			return nil
		}
		l.emit(RoomTold{seal: localOrigin().seal(), Account: l.a.id, ListedRoom: aboutRoom(jid, el.Child(nsDiscoInfo, "query"))})
		return nil
	})
	d.ticker = l.after(detailsEvery, func(l *loop) { l.askNextRoom(d) })
}

// aboutRoom reads what a room says of itself.
func aboutRoom(jid string, info *wire.Element) ListedRoom {
	r := ListedRoom{JID: jid, Occupants: -1, Asked: true, Access: Access{Told: true}}
	r.Name = clip(strings.TrimSpace(info.Child(nsDiscoInfo, "identity").Attr("name")), listedName)
	for f := range info.All(nsDiscoInfo, "feature") {
		switch f.Attr("var") {
		case "muc_membersonly":
			r.Members = true
		case "muc_passwordprotected", "muc_password":
			r.Password = true
		case "muc_moderated":
			r.Moderated = true
		case "muc_nonanonymous":
			r.Addresses = true
		}
	}
	for x := range info.All(nsData, "x") {
		f := parseForm(x)
		if f.Value("FORM_TYPE") != nsRoomInfo {
			continue
		}
		r.About = clip(strings.TrimSpace(cmp.Or(f.Value("muc#roominfo_description"), f.Value("muc#roominfo_subject"))), listedAbout)
		r.Lang = clip(f.Value("muc#roominfo_lang"), 35)
		r.Occupants = countOf(f.Value("muc#roominfo_occupants"))
		break
	}
	return r
}
