package store

import (
	"database/sql"
	"errors"
)

// Top is how far we hold an archive without a gap: the name of its newest
// message that we have, and the place of that in the view. "": nothing yet.
func (t *Tx) Top(a AccountID, archive string) (id string, ord int64, err error) {
	err = t.row("SELECT last_id, last_ord FROM range WHERE account=? AND archive=? AND with_jid IS NULL ORDER BY last_ord DESC LIMIT 1", a, archive).Scan(&id, &ord)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return id, ord, err
}

// SetTop moves the end of what we hold of an archive.
func (t *Tx) SetTop(a AccountID, archive, id string, ord int64) error {
	res, err := t.exec("UPDATE range SET last_id=?, last_ord=max(last_ord,?) WHERE account=? AND archive=? AND with_jid IS NULL", id, ord, a, archive)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n > 0 {
		return err
	}
	_, err = t.exec("INSERT INTO range (account, archive, first_id, first_ord, last_id, last_ord) VALUES (?,?,?,?,?,?)", a, archive, id, ord, id, ord)
	return err
}

// ForgetTop says that an archive does not know the name any more.
func (t *Tx) ForgetTop(a AccountID, archive string) error {
	_, err := t.exec("DELETE FROM range WHERE account=? AND archive=? AND with_jid IS NULL", a, archive)
	return err
}
