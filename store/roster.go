package store

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"
)

// Contact is an item of an account's roster (RFC 6121 §2).
type Contact struct {
	Account      AccountID
	JID          string
	Name         string
	Subscription string // none, to, from, both
	Ask          bool   // we asked and wait for an answer
	Approved     bool   // we said yes beforehand
	Groups       []string
	Rev          uint64
}

// ToUs says whether the contact may see our presence.
func (c Contact) ToUs() bool { return c.Subscription == "from" || c.Subscription == "both" }

// PutContact stores a roster item.
func (t *Tx) PutContact(c Contact) error {
	if c.Groups == nil {
		c.Groups = []string{}
	}
	groups, err := json.Marshal(c.Groups)
	if err != nil {
		return err
	}
	_, err = t.exec(`INSERT INTO roster_item VALUES (?,?,?,?,?,?,?,?) ON CONFLICT (account, jid) DO UPDATE SET
		name=excluded.name, subscription=excluded.subscription, ask=excluded.ask, approved=excluded.approved, groups=excluded.groups, rev=excluded.rev`,
		c.Account, c.JID, c.Name, c.Subscription, c.Ask, c.Approved, string(groups), t.rev)
	return err
}

// DeleteContact removes a roster item.
func (t *Tx) DeleteContact(a AccountID, jid string) error {
	_, err := t.exec("DELETE FROM roster_item WHERE account=? AND jid=?", a, jid)
	return err
}

// ClearRoster removes all items, before a full roster is stored.
func (t *Tx) ClearRoster(a AccountID) error {
	_, err := t.exec("DELETE FROM roster_item WHERE account=?", a)
	return err
}

// SetRosterVersion keeps the version that the server gave (RFC 6121 §2.6).
func (t *Tx) SetRosterVersion(a AccountID, ver string) error {
	_, err := t.exec("UPDATE account SET roster_ver=? WHERE id=?", ver, a)
	return err
}

// Roster lists the contacts of an account by address.
func (s *Store) Roster(ctx context.Context, a AccountID) (list []Contact, err error) {
	defer func() { _ = s.doubt(err) }()
	rows, err := s.read.QueryContext(ctx, `SELECT account, jid, name, subscription, ask, approved, groups, rev
		FROM roster_item WHERE account=? ORDER BY jid`, a)
	// Most contacts stand in few groups: each list is decoded once, and shared.
	known := map[string][]string{"[]": nil}
	return scan(rows, err, func(r interface{ Scan(...any) error }) (Contact, error) { return scanContact(r, known) })
}

func scanContact(r interface{ Scan(...any) error }, known map[string][]string) (c Contact, err error) {
	var groups string
	if err := r.Scan(&c.Account, &c.JID, &c.Name, &c.Subscription, &c.Ask, &c.Approved, &groups, &c.Rev); err != nil {
		return c, err
	}
	list, ok := known[groups]
	if !ok {
		if err := json.Unmarshal([]byte(groups), &list); err != nil {
			return c, err
		}
		known[groups] = list
	}
	c.Groups = list
	return c, nil
}

// Request is somebody who is not known and waits for the user's answer: who asks
// to see our presence, wrote to us, or both.
type Request struct {
	Account  AccountID
	JID      string
	Asks     bool // to see our presence
	Nick     string
	Text     string // what it says with that
	Stamp    int64  // µs, of the first thing that came
	Messages int    // how many messages wait
	Dropped  int    // how many more were not kept
	Words    string // how the messages begin
}

// PutRequest keeps a subscription request until it is answered. One that finds
// no room among those that wait is only counted.
func (t *Tx) PutRequest(r Request) error {
	known := 0
	if err := t.row("SELECT count(*) FROM (SELECT 1 FROM request WHERE account=?1 AND jid=?2 UNION ALL SELECT 1 FROM chat WHERE account=?1 AND jid=?2 AND held>0 AND held=1)",
		r.Account, r.JID).Scan(&known); err != nil {
		return err
	}
	if known == 0 {
		all, same, err := t.strangers(r.Account, r.JID[strings.LastIndexByte(r.JID, '@')+1:])
		if err != nil {
			return err
		}
		if all >= strangersMost || same >= strangersDomain {
			return t.CountUnkept(r.Account)
		}
	}
	_, err := t.exec(`INSERT INTO request VALUES (?,?,?,?,?,?) ON CONFLICT (account, jid) DO UPDATE SET
		nick=excluded.nick, text=excluded.text, rev=excluded.rev`, r.Account, r.JID, r.Nick, r.Text, t.now().UnixMicro(), t.rev)
	return err
}

// HasRequest says whether an address asks to see our presence.
func (t *Tx) HasRequest(a AccountID, jid string) (bool, error) {
	n := 0
	err := t.row("SELECT count(*) FROM request WHERE account=? AND jid=?", a, jid).Scan(&n)
	return n > 0, err
}

// DeleteRequest forgets an answered or withdrawn request.
func (t *Tx) DeleteRequest(a AccountID, jid string) error {
	res, err := t.exec("DELETE FROM request WHERE account=? AND jid=?", a, jid)
	_, err = t.settled(a, res, err)
	return err
}

// Requests lists who waits for an answer, over all accounts, oldest first.
func (s *Store) Requests(ctx context.Context) (list []Request, err error) {
	defer func() { _ = s.doubt(err) }()
	rows, err := s.read.QueryContext(ctx, "SELECT account, jid, nick, text, stamp FROM request")
	list, err = scan(rows, err, func(r interface{ Scan(...any) error }) (q Request, err error) {
		q.Asks = true
		return q, r.Scan(&q.Account, &q.JID, &q.Nick, &q.Text, &q.Stamp)
	})
	if err != nil {
		return nil, err
	}
	if list, err = s.heldChats(ctx, list); err != nil {
		return nil, err
	}
	slices.SortStableFunc(list, func(a, b Request) int { return cmp.Or(cmp.Compare(a.Stamp, b.Stamp), cmp.Compare(a.JID, b.JID)) })
	return list, nil
}
