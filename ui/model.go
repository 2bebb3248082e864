package ui

import (
	"cmp"
	"slices"
	"strings"

	"sotto/session"
	"sotto/store"
	"sotto/ui/catalog"
	"sotto/ui/text"
)

// model is what the interface knows: a copy of what the store and the session
// last said. Only the ui owner touches it; the bridge's updates run there.
type model struct {
	accounts  []session.AccountInfo
	chats     []store.Chat // open ones, in the order in which they are shown
	contacts  map[who]store.Contact
	presence  map[who][]session.Resource
	rooms     map[who]session.RoomInfo
	typing    map[store.ChatID][]string
	directed  map[store.AccountID][]session.Directed // told to one address only
	alerts    map[store.AccountID][]string           // whom the user waits for
	requests  []store.Request
	occupants []session.Occupant // of the open room
	likes     map[string]string  // of them, who looks like whom by nick
	unkept    int                // what strangers wrote or asked and found no room
	blocked   map[store.AccountID]session.BlockedChanged
	ignored   map[store.AccountID][]session.Ignored
	refused   int

	avatars     map[who]store.Picture
	invitations map[store.AccountID][]session.Invitation
	voices      map[store.AccountID][]session.VoiceRequest
	saving      *session.Problem                     // why nothing is saved; nil: all is
	catching    map[archiveID]session.ArchiveChanged // archives that are being read

	policies map[store.AccountID]session.PolicyChanged // who may see, ask and send what

	told  map[who]session.AccountTold // what servers say of strangers
	asked map[who]asked               // what clients told when they were asked, by full address

	transfers map[store.MessageID]session.Transfer // files that move

	chat   store.ChatID // the open chat; 0: none
	window window       // its messages
}

// who is an address as one account sees it.
type who struct {
	account store.AccountID
	jid     string // bare
}

// window is the part of the open chat that is in memory.
type window struct {
	chat    store.ChatID
	rows    []store.Message // by ord
	rev     uint64
	oldest  bool  // nothing older is on the disk
	newest  bool  // nothing newer is on the disk
	readOrd int64 // where the line "new" stands; 0: no line
	loaded  bool
	cover   store.Coverage // what is missing in the chat
	older   bool           // the archive is asked for what is older
	asked   int64          // the first row when it was asked last
}

func newModel() *model {
	return &model{told: map[who]session.AccountTold{}, policies: map[store.AccountID]session.PolicyChanged{}, voices: map[store.AccountID][]session.VoiceRequest{}, avatars: map[who]store.Picture{}, invitations: map[store.AccountID][]session.Invitation{}, ignored: map[store.AccountID][]session.Ignored{}, transfers: map[store.MessageID]session.Transfer{}, contacts: map[who]store.Contact{}, presence: map[who][]session.Resource{}, rooms: map[who]session.RoomInfo{},
		typing: map[store.ChatID][]string{}, blocked: map[store.AccountID]session.BlockedChanged{}, asked: map[who]asked{}, alerts: map[store.AccountID][]string{}, directed: map[store.AccountID][]session.Directed{}, catching: map[archiveID]session.ArchiveChanged{}}
}

// account finds an account.
func (m *model) account(id store.AccountID) (session.AccountInfo, bool) {
	for _, a := range m.accounts {
		if a.ID == id {
			return a, true
		}
	}
	return session.AccountInfo{}, false
}

// open gives the open chat.
func (m *model) open() (store.Chat, bool) { return m.find(m.chat) }

func (m *model) find(id store.ChatID) (store.Chat, bool) {
	for _, c := range m.chats {
		if c.ID == id {
			return c, true
		}
	}
	return store.Chat{}, false
}

// title is how a chat is called: safe to be drawn.
func (m *model) title(c store.Chat) string {
	w := who{c.Account, c.JID}
	switch c.Kind {
	case store.Room:
		return "#" + m.roomName(w)
	case store.Private:
		return text.Name(c.Nick) + " (#" + m.roomName(w) + ")"
	case store.Self:
		return catalog.T("self.title")
	}
	return m.name(w)
}

// roomName is how a room is called: as its bookmark says, else by its address.
func (m *model) roomName(w who) string {
	if label := strings.TrimSpace(m.rooms[w].Label); label != "" {
		return text.Name(label)
	}
	local, _, _ := strings.Cut(w.jid, "@")
	return text.Name(local)
}

// name is how a contact is called: safe to be drawn.
func (m *model) name(w who) string {
	if c, ok := m.contacts[w]; ok && strings.TrimSpace(c.Name) != "" {
		return text.Name(c.Name)
	}
	local, _, ok := strings.Cut(w.jid, "@")
	if !ok {
		return text.Name(w.jid)
	}
	return text.Name(local)
}

// show is the best state an address is seen in.
func (m *model) show(w who) session.Presence {
	if list := m.presence[w]; len(list) > 0 {
		return list[0].Presence
	}
	return session.Presence{Show: session.Unavailable}
}

// upsert brings rows of the open chat into the window: a higher rev wins, order
// is by ord. Rows beyond a side of the window that is not complete are left out, and
// those that are gone.
func (w *window) upsert(rows []store.Message) {
	if len(rows) == 0 {
		return
	}
	at := make(map[store.MessageID]int, len(w.rows))
	for i, m := range w.rows {
		at[m.ID] = i
	}
	sorted := true
	for _, m := range rows {
		if i, ok := at[m.ID]; ok {
			if m.Rev >= w.rows[i].Rev {
				sorted = sorted && w.rows[i].Ord == m.Ord
				w.rows[i] = m
			}
			continue
		}
		if n := len(w.rows); n > 0 && (!w.newest && m.Ord > w.rows[n-1].Ord || !w.oldest && m.Ord < w.rows[0].Ord) {
			continue
		} else if n > 0 && m.Ord < w.rows[n-1].Ord {
			sorted = false
		}
		at[m.ID] = len(w.rows)
		w.rows = append(w.rows, m)
	}
	w.rows = slices.DeleteFunc(w.rows, func(m store.Message) bool { return m.Gone })
	if !sorted {
		slices.SortFunc(w.rows, func(a, b store.Message) int { return cmp.Compare(a.Ord, b.Ord) })
	}
}
