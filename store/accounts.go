package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
)

// AccountID numbers an account of the profile; it never changes and is never reused for another address.
type AccountID int64

// Account is what the profile keeps of an account besides its configuration.
type Account struct {
	ID            AccountID
	JID           string // bare
	ClientID      string // random, for the life of the account on this profile
	RosterVersion string
	Show, Status  string // the presence last chosen by hand
	Priority      int
}

// Account finds the account of a bare address. sql.ErrNoRows when there is none.
func (s *Store) Account(ctx context.Context, jid string) (Account, error) {
	a := Account{JID: jid}
	err := s.read.QueryRowContext(ctx, "SELECT id, client_id, roster_ver, show, status, priority FROM account WHERE jid=?", jid).
		Scan(&a.ID, &a.ClientID, &a.RosterVersion, &a.Show, &a.Status, &a.Priority)
	return a, err
}

// EnsureAccount finds the account of this bare address or makes it.
func (t *Tx) EnsureAccount(jid string) (Account, error) {
	a := Account{JID: jid}
	err := t.row("SELECT id, client_id, roster_ver, show, status, priority FROM account WHERE jid=?", jid).
		Scan(&a.ID, &a.ClientID, &a.RosterVersion, &a.Show, &a.Status, &a.Priority)
	if !errors.Is(err, sql.ErrNoRows) {
		return a, err
	}
	a.ClientID = rand.Text()
	id, err := t.insert("INSERT INTO account (jid, client_id, rev) VALUES (?,?,?)", jid, a.ClientID, t.rev)
	a.ID = AccountID(id)
	return a, err
}

// SetPresence keeps the presence chosen by hand, for the next start.
func (t *Tx) SetPresence(a AccountID, show, status string, priority int) error {
	_, err := t.exec("UPDATE account SET show=?, status=?, priority=?, rev=? WHERE id=?", show, status, priority, t.rev, a)
	return err
}

// RememberText keeps the text used with a presence state. At most 50 stay.
func (t *Tx) RememberText(show, text string) error {
	if text == "" {
		return nil
	}
	if _, err := t.exec(`INSERT INTO presence_text VALUES (?,?,?)
		ON CONFLICT (show, text) DO UPDATE SET used=excluded.used`, show, text, t.now().UnixMicro()); err != nil {
		return err
	}
	_, err := t.exec(`DELETE FROM presence_text WHERE show=?1 AND text NOT IN
		(SELECT text FROM presence_text WHERE show=?1 ORDER BY used DESC LIMIT 50)`, show)
	return err
}

// PresenceTexts lists the texts used with a state, newest first.
func (s *Store) PresenceTexts(ctx context.Context, show string) ([]string, error) {
	return column[string](s.read.QueryContext(ctx, "SELECT text FROM presence_text WHERE show=? ORDER BY used DESC", show))
}

// column reads the only column of a query and closes it.
func column[T any](rows *sql.Rows, err error) ([]T, error) {
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var all []T
	for rows.Next() {
		var v T
		if err := rows.Scan(&v); err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, rows.Err()
}
