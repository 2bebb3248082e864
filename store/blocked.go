package store

import "context"

// Blocked is an address whom an account does not want to hear (XEP-0191): a
// person, a device, a server, or a device of a server.
type Blocked struct {
	JID  string
	Here bool // only this machine knows: the server keeps no list, or did not take it yet
}

// PutBlocked keeps an address on the block list of an account.
func (t *Tx) PutBlocked(a AccountID, b Blocked) error {
	_, err := t.exec("INSERT INTO blocked VALUES (?,?,?) ON CONFLICT (account, jid) DO UPDATE SET here=excluded.here", a, b.JID, b.Here)
	return err
}

// DeleteBlocked takes an address off the block list.
func (t *Tx) DeleteBlocked(a AccountID, jid string) error {
	_, err := t.exec("DELETE FROM blocked WHERE account=? AND jid=?", a, jid)
	return err
}

// ClearBlocked empties the block list of an account; here says whether that is
// the part that only this machine knows, or the part that its server keeps.
func (t *Tx) ClearBlocked(a AccountID, here bool) error {
	_, err := t.exec("DELETE FROM blocked WHERE account=? AND here=?", a, here)
	return err
}

// Blocked is the block list of an account, by address.
func (s *Store) Blocked(ctx context.Context, a AccountID) (list []Blocked, err error) {
	defer func() { _ = s.doubt(err) }()
	rows, err := s.read.QueryContext(ctx, "SELECT jid, here FROM blocked WHERE account=? ORDER BY jid", a)
	return scan(rows, err, func(r interface{ Scan(...any) error }) (b Blocked, err error) {
		return b, r.Scan(&b.JID, &b.Here)
	})
}

// takeBackBlocked makes the list what it was in a shadow.
func (t *Tx) takeBackBlocked(ctx context.Context, shadow *Store, a AccountID) error {
	list, err := shadow.Blocked(ctx, a)
	if err != nil || shadow.partial {
		return err
	}
	if _, err := t.exec("DELETE FROM blocked WHERE account=?", a); err != nil {
		return err
	}
	for _, b := range list {
		if err := t.PutBlocked(a, b); err != nil {
			return err
		}
	}
	return nil
}
