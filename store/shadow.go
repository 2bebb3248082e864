package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
)

// shadowBase is where the numbers begin that stand in memory only.
const shadowBase = int64(1) << 40

// shadowRange is how many numbers of them a shadow has.
const shadowRange = int64(1) << 24

// Unsaved says whether a message stands in memory only, in a [Store.Shadow].
func (id MessageID) Unsaved() bool { return int64(id) >= shadowBase }

// Unsaved says whether a chat stands in memory only, in a [Store.Shadow].
func (id ChatID) Unsaved() bool { return int64(id) >= shadowBase }

// Shadow makes a store in memory that stands in for this one while the disk
// takes nothing: what an account does goes on there. It begins with the
// account's chats, contacts, requests, rooms and lines on their way, under the
// numbers they have; what is new gets numbers that are [ChatID.Unsaved] and
// [MessageID.Unsaved]. What cannot be read of the disk is not in it. It is
// closed by who asked for it. See [Tx.TakeOver].
func (s *Store) Shadow(ctx context.Context, a Account) (*Store, error) {
	m, err := Open(ctx, Options{Memory: true, Now: s.now})
	if err != nil {
		return nil, err
	}
	// Before anybody writes to it, its connection is ours.
	if err := m.fillShadow(ctx, s, a); err != nil {
		return nil, errors.Join(err, m.Close())
	}
	m.rev.Store(s.Rev())
	return m, nil
}

// fillShadow copies what an account needs to go on.
func (m *Store) fillShadow(ctx context.Context, from *Store, a Account) error {
	base := shadowBase + int64(from.shadows.Add(1))*shadowRange // numbers never come twice
	exec := func(query string, args ...any) error {
		_, err := m.conn.ExecContext(ctx, query, args...)
		return err
	}
	if err := exec("INSERT INTO account (id, jid, client_id, roster_ver, show, status, priority) VALUES (?,?,?,?,?,?,?)",
		a.ID, a.JID, a.ClientID, a.RosterVersion, a.Show, a.Status, a.Priority); err != nil {
		return err
	}
	from.read.gate.RLock() // a connection of its own that must not outlive a change of the file
	defer from.read.gate.RUnlock()
	disk, err := sql.Open("sqlite", from.read.now.Load().dsn)
	if err != nil {
		return err
	}
	defer func() { _ = disk.Close() }()
	// Of the messages those on their way, and the newest: what comes a second
	// time behind a broken link must be known.
	const some = ` IN (SELECT message FROM outbox WHERE account=?1 AND message IS NOT NULL
		UNION SELECT * FROM (SELECT m.id FROM message m JOIN chat c ON c.id=m.chat WHERE c.account=?1 ORDER BY m.id DESC LIMIT 500))`
	if err := exec("BEGIN"); err != nil {
		return err
	}
	type part struct{ table, where string }
	parts := []part{{"chat", "account=?"}, {"message", "id" + some}, {"message_ref", "message" + some},
		// How far we said that we read, or others did: our own word is not to be taken for another device's.
		{"meta", "?1>0 AND (key GLOB 'x-told-shown-*' OR key GLOB 'x-read-elsewhere-*' OR key GLOB 'x-seen-later-*')"}}
	rows, err := m.conn.QueryContext(ctx, `SELECT t.name FROM pragma_table_list t JOIN pragma_table_info(t.name) c ON c.name='account'
		WHERE t.schema='main' AND t.type='table' AND t.name NOT IN ('chat', 'message_ref', 'quarantine')`)
	others, err := column[string](rows, err)
	if err != nil {
		return err
	}
	for _, name := range others {
		parts = append(parts, part{name, "account=?"})
	}
	for _, p := range parts {
		known, err := column[string](m.conn.QueryContext(ctx, "SELECT name FROM pragma_table_info(?)", p.table))
		if err != nil {
			return err
		}
		c := copying{ctx: ctx, to: m.conn, table: p.table, known: known}
		c.run(disk, "SELECT 0, * FROM "+p.table+" WHERE "+p.where, a.ID)
		if c.err != nil {
			return c.err
		}
		m.partial = m.partial || c.unreadable
	}
	if err := exec("INSERT INTO chat (id, account, kind, jid) VALUES (?,?,-1,'')", base, a.ID); err != nil {
		return err
	}
	if err := exec("INSERT INTO message (id, chat, ord, outgoing, kind, sender, stamp, state, rev) VALUES (?,?,-1,0,1,'',0,0,0)", base, base); err != nil {
		return err
	}
	return exec("COMMIT")
}

// UnsavedRows lists what stands in a chat of a shadow and on no disk, in the
// order of the view.
func (s *Store) UnsavedRows(ctx context.Context, chat ChatID) (list []Message, err error) {
	err = s.view(ctx, func(v view) error {
		rows, err := v.query("SELECT "+messageColumns+" FROM message WHERE chat=? AND id>=? ORDER BY ord", chat, shadowBase)
		if list, err = scan(rows, err, scanMessage); err != nil {
			return err
		}
		return v.quotes(list)
	})
	return list, err
}

// TakeOver brings what was done in a shadow to the disk, when that takes it
// again: drafts, what was read and opened, rooms, requests, and lines that the
// server has meanwhile. Arrivals are not its business: they were applied before
// it, by the one path of all arrivals, and are known by their chats.
func (t *Tx) TakeOver(ctx context.Context, shadow *Store, a AccountID) error {
	if err := t.takeBackChats(ctx, shadow, a); err != nil {
		return fmt.Errorf("chats: %w", err)
	}
	rooms, err := shadow.Rooms(ctx, a)
	if err != nil {
		return err
	}
	for _, r := range rooms {
		if err := t.PutRoom(r); err != nil {
			return err
		}
		if err := t.SetSubject(a, r.JID, r.Subject); err != nil {
			return err
		}
	}
	if err := t.takeBackRequests(ctx, shadow, a); err != nil {
		return fmt.Errorf("requests: %w", err)
	}
	if err := t.takeBackBlocked(ctx, shadow, a); err != nil {
		return fmt.Errorf("blocked: %w", err)
	}
	return t.takeBackOutbox(ctx, shadow, a)
}

func (t *Tx) takeBackChats(ctx context.Context, shadow *Store, a AccountID) error {
	chats, err := shadow.ChatsOf(ctx, a)
	if err != nil {
		return err
	}
	for _, c := range chats {
		if c.Kind < Direct {
			continue
		}
		if c.ID.Unsaved() && !c.Open && c.Draft == "" {
			continue
		}
		id, err := t.EnsureChat(c.ChatKey)
		if err != nil {
			return err
		}
		rows, err := shadow.UnsavedRows(ctx, c.ID)
		if err != nil {
			return err
		}
		for _, m := range rows {
			// Events of no stanza that can be applied again.
			if m.Kind != Notice || ComesAgain(m.Notice) {
				continue
			}
			if _, _, err := t.Arrive(Arrival{Chat: id, Kind: Notice, Notice: m.Notice, Sender: m.Sender, Nick: m.Nick, RealJID: m.RealJID,
				Body: m.Body, Stamp: m.Stamp, Ord: m.Ord, Quiet: true}); err != nil {
				return err
			}
		}
		if err := t.SetOpen(id, c.Open); err != nil {
			return err
		}
		if c.Held == NotHeld || c.Held == Denied {
			if _, err := t.Hold(a, c.JID, c.Held); err != nil {
				return err
			}
		}
		if err := t.SetDraft(id, c.Draft); err != nil {
			return err
		}
		if err := t.SetPinned(id, c.Pinned); err != nil {
			return err
		}
		if err := t.SetNotify(id, c.Notify, c.NotifyUntil); err != nil {
			return err
		}
		if c.Nick != "" {
			if err := t.SetChatNick(id, c.Nick); err != nil {
				return err
			}
		}
		told, err := shadow.Meta(ctx, toldKey(c.ID))
		if err == nil && told != "" {
			err = t.SetMeta(toldKey(id), told)
		}
		if err != nil {
			return err
		}
		ord, err := t.readHere(id, c.ReadOrd, rows)
		if err != nil {
			return err
		}
		if err := t.MarkRead(id, ord); err != nil {
			return err
		}
	}
	return nil
}

// readHere is the place on the disk of what was read up to ord in a shadow with the
// rows given: what was stored again stands where it came, which need not be there.
func (t *Tx) readHere(chat ChatID, ord int64, rows []Message) (int64, error) {
	known := true
	for _, m := range slices.Backward(rows) {
		if m.Ord > ord || m.Kind != Text {
			continue
		}
		known = false
		var here int64
		err := t.row("SELECT coalesce(max(ord),0) FROM message WHERE chat=? AND stamp=? AND sender=? AND body=? AND kind=? AND ord<?",
			chat, m.Stamp, m.Sender, m.Body, m.Kind, unsentBase).Scan(&here)
		if err != nil || here != 0 {
			return here, err
		}
	}
	if !known {
		return 0, nil // better counted twice than overlooked
	}
	return ord, nil
}

func (t *Tx) takeBackRequests(ctx context.Context, shadow *Store, a AccountID) error {
	asked, err := shadow.Requests(ctx)
	if err != nil {
		return err
	}
	open := map[string]bool{}
	for _, r := range asked {
		if !r.Asks {
			continue // its messages were applied before
		}
		open[r.JID] = true
		if err := t.PutRequest(r); err != nil {
			return err
		}
	}
	here, err := column[string](t.rows("SELECT jid FROM request WHERE account=?", a))
	if err != nil {
		return err
	}
	for _, jid := range here {
		if !open[jid] {
			if err := t.DeleteRequest(a, jid); err != nil {
				return err
			}
		}
	}
	return nil
}

// takeBackOutbox settles what the server told meanwhile that it has.
func (t *Tx) takeBackOutbox(ctx context.Context, shadow *Store, a AccountID) error {
	if shadow.partial {
		return nil // what is not there need not have been settled
	}
	pending, err := shadow.Outbox(ctx, a)
	if err != nil {
		return err
	}
	there := map[OutboxID]Out{}
	for _, o := range pending {
		there[o.ID] = o
	}
	rows, err := t.rows("SELECT "+outColumns+" FROM outbox WHERE account=? ORDER BY id", a)
	list, err := scan(rows, err, scanOut)
	if err != nil {
		return err
	}
	for _, o := range list {
		// Receipts that the arrivals before this made have no twin there.
		switch s, ok := there[o.ID]; {
		case !ok && o.Message != 0:
			err = t.Settle(o.ID)
		case ok && s.State == OutWritten && s.Tries > o.Tries:
			err = t.SetOutbox(o.ID, OutWritten)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
