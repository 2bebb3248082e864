package store

import (
	"context"
	"database/sql"
	"errors"
)

// RoomEntry is a room that an account is in or was in (XEP-0045).
type RoomEntry struct {
	Account  AccountID
	JID      string
	Nick     string
	Password string
	Name     string
	Subject  string
	Autojoin bool
}

// PutRoom stores a room; an empty password, name or subject keeps the stored one.
func (t *Tx) PutRoom(r RoomEntry) error {
	_, err := t.exec(`INSERT INTO room VALUES (?,?,?,?,?,?,?,?) ON CONFLICT (account, jid) DO UPDATE SET nick=excluded.nick,
		password=CASE WHEN excluded.password='' THEN password ELSE excluded.password END,
		name=CASE WHEN excluded.name='' THEN name ELSE excluded.name END,
		subject=CASE WHEN excluded.subject='' THEN subject ELSE excluded.subject END,
		autojoin=excluded.autojoin, rev=excluded.rev`,
		r.Account, r.JID, r.Nick, r.Password, r.Name, r.Subject, r.Autojoin, t.rev)
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
func (s *Store) Rooms(ctx context.Context, a AccountID) ([]RoomEntry, error) {
	rows, err := s.read.QueryContext(ctx, "SELECT account, jid, nick, password, name, subject, autojoin FROM room WHERE account=? ORDER BY jid", a)
	return scan(rows, err, func(r interface{ Scan(...any) error }) (e RoomEntry, err error) {
		return e, r.Scan(&e.Account, &e.JID, &e.Nick, &e.Password, &e.Name, &e.Subject, &e.Autojoin)
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
