package store

import (
	"context"
	"database/sql"
	"errors"
)

// RoomEntry is a room that an account is in, was in, or keeps as a bookmark
// (XEP-0045, XEP-0402).
type RoomEntry struct {
	Account  AccountID
	JID      string
	Nick     string // empty: never entered
	Password string
	Name     string
	Subject  string
	Autojoin bool // it is entered at the next start

	Bookmark []byte // as it stands or shall stand on the server; nil: in no store
	Source   string // which store of the server had it
	Pending  BookmarkChange
}

// BookmarkChange is what the server does not know yet of a bookmark: a set of what
// is to be written there, or that it is to be taken away. 0: it is as there.
type BookmarkChange int

// The changes.
const (
	BookmarkAutojoin BookmarkChange = 1 << iota
	BookmarkName
	BookmarkNick
	BookmarkRemove // alone
	BookmarkPinned
	BookmarkNotify

	BookmarkAll = BookmarkAutojoin | BookmarkName | BookmarkNick | BookmarkPinned | BookmarkNotify
)

// PutRoom stores a room but for its bookmark; an empty password, name or subject
// keeps the stored one.
func (t *Tx) PutRoom(r RoomEntry) error {
	_, err := t.exec(`INSERT INTO room (account, jid, nick, password, name, subject, autojoin, rev) VALUES (?,?,?,?,?,?,?,?)
		ON CONFLICT (account, jid) DO UPDATE SET nick=excluded.nick,
		password=CASE WHEN excluded.password='' THEN password ELSE excluded.password END,
		name=CASE WHEN excluded.name='' THEN name ELSE excluded.name END,
		subject=CASE WHEN excluded.subject='' THEN subject ELSE excluded.subject END,
		autojoin=excluded.autojoin, rev=excluded.rev`,
		r.Account, r.JID, r.Nick, r.Password, r.Name, r.Subject, r.Autojoin, t.rev)
	return err
}

// PutBookmark stores what is known of a room's bookmark, and whether the room is
// entered at the next start. A room that was never entered and is in no store any
// more is forgotten.
func (t *Tx) PutBookmark(r RoomEntry) error {
	_, err := t.exec(`INSERT INTO room (account, jid, nick, autojoin, bookmark, source, pending, rev) VALUES (?,?,'',?,?,?,?,?)
		ON CONFLICT (account, jid) DO UPDATE SET autojoin=excluded.autojoin, bookmark=excluded.bookmark, source=excluded.source,
		pending=excluded.pending, rev=excluded.rev`,
		r.Account, r.JID, r.Autojoin, r.Bookmark, r.Source, r.Pending, t.rev)
	if err == nil && r.Bookmark == nil {
		_, err = t.exec("DELETE FROM room WHERE account=? AND jid=? AND nick='' AND NOT autojoin AND pending=0", r.Account, r.JID)
	}
	return err
}

// SetSubject keeps the subject of a room, which may be empty.
func (t *Tx) SetSubject(a AccountID, jid, subject string) error {
	_, err := t.exec("UPDATE room SET subject=?, rev=? WHERE account=? AND jid=?", subject, t.rev, a, jid)
	return err
}

// SetAutojoin says whether a room is entered at the next login.
func (t *Tx) SetAutojoin(a AccountID, jid string, on bool) error {
	_, err := t.exec("UPDATE room SET autojoin=?, rev=? WHERE account=? AND jid=?", on, t.rev, a, jid)
	return err
}

// Rooms lists the rooms of an account.
func (s *Store) Rooms(ctx context.Context, a AccountID) (list []RoomEntry, err error) {
	defer func() { _ = s.doubt(err) }()
	rows, err := s.read.QueryContext(ctx, `SELECT account, jid, nick, password, name, subject, autojoin, bookmark, source, pending
		FROM room WHERE account=? ORDER BY jid`, a)
	return scan(rows, err, func(r interface{ Scan(...any) error }) (e RoomEntry, err error) {
		return e, r.Scan(&e.Account, &e.JID, &e.Nick, &e.Password, &e.Name, &e.Subject, &e.Autojoin, &e.Bookmark, &e.Source, &e.Pending)
	})
}

// capsMax bounds the cache of what clients can do.
const capsMax = 2000

// PutCaps keeps a disco#info answer under its verified hash (XEP-0115 §5.4).
func (t *Tx) PutCaps(hash, ver string, info []byte) error {
	if _, err := t.exec(`INSERT INTO caps VALUES (?,?,?,?) ON CONFLICT DO UPDATE SET used=excluded.used`,
		hash, ver, info, t.now().UnixMicro()); err != nil {
		return err
	}
	_, err := t.exec(`DELETE FROM caps WHERE (SELECT count(*) FROM caps)>?1 AND used <=
		(SELECT used FROM caps ORDER BY used DESC LIMIT 1 OFFSET ?1)`, capsMax)
	return err
}

// Caps finds the answer for a hash; nil: not known.
func (s *Store) Caps(ctx context.Context, hash, ver string) (info []byte, err error) {
	err = s.read.QueryRowContext(ctx, "SELECT info FROM caps WHERE hash=? AND ver=?", hash, ver).Scan(&info)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return info, err
}

// quarantineMax bounds the stanzas kept aside per profile.
const quarantineMax = 500

// Quarantine keeps a stanza that could not be applied.
func (t *Tx) Quarantine(a AccountID, reason string, xml []byte) error {
	if len(xml) > 64<<10 {
		xml = xml[:64<<10]
	}
	if _, err := t.exec("INSERT INTO quarantine (account, stamp, reason, xml) VALUES (?,?,?,?)", a, t.now().UnixMicro(), reason, xml); err != nil {
		return err
	}
	_, err := t.exec("DELETE FROM quarantine WHERE id <= (SELECT max(id) FROM quarantine) - ?", quarantineMax)
	return err
}
