package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Chats with strangers, people who are not in the roster and to whom the user
// did not write first, are held: their messages stand on the disk, and nothing
// shows them but the list of the requests.

// Held says whether a chat waits for the user's yes.
type Held int

// How a chat is held.
const (
	NotHeld Held = iota
	Waiting      // it stands among the requests
	Denied       // the user said no: it stands nowhere
)

// What is kept of strangers. Who floods gets no further than that: neither one
// address nor the addresses of one server push away what others asked before.
const (
	strangerMessages = 20   // of one address
	strangersDomain  = 100  // addresses of one server
	strangersMost    = 1000 // addresses of an account
)

// HeldAs says how a chat is held; false: there is no such chat.
func (t *Tx) HeldAs(k ChatKey) (held Held, there bool, err error) {
	err = t.row("SELECT held FROM chat WHERE account=? AND kind=? AND jid=? AND occupant=?", k.Account, k.Kind, k.JID, k.Occupant).Scan(&held)
	if errors.Is(err, sql.ErrNoRows) {
		return NotHeld, false, nil
	}
	return held, err == nil, err
}

// RoomForStranger says whether one more message of a stranger is kept, and
// counts it if it is not. An archive (at: when it got the message, µs, and its
// name there) tells again of what was counted when it came by itself.
func (t *Tx) RoomForStranger(k ChatKey, domain string, at int64, name string) (bool, error) {
	held, there, err := t.HeldAs(k)
	if err != nil {
		return false, err
	}
	if !there {
		all, same, err := t.strangers(k.Account, domain)
		if err != nil {
			return false, err
		}
		if all < strangersMost && same < strangersDomain {
			return true, nil
		}
		if name != "" {
			return false, nil
		}
		return false, t.CountUnkept(k.Account)
	}
	id, err := t.EnsureChat(k)
	if err != nil {
		return false, err
	}
	if name != "" {
		known, err := t.oneRef("SELECT message FROM message_ref WHERE chat=? AND kind=? AND value=?", id, refStanza, name)
		if err != nil || known != 0 {
			return known != 0, err
		}
	}
	n := 0
	if err := t.row("SELECT count(*) FROM (SELECT 1 FROM message WHERE chat=? LIMIT ?)", id, strangerMessages).Scan(&n); err != nil {
		return false, err
	}
	if n < strangerMessages && held == Waiting {
		return true, nil
	}
	if name == "" {
		at = t.serverNow()
	}
	_, err = t.exec("UPDATE chat SET dropped=dropped+1, dropped_at=max(dropped_at, ?2) WHERE id=?1 AND (?3 OR dropped_at<?2)", id, max(at, 1), name == "")
	return false, err
}

// strangers counts the addresses that wait, those of a server among them.
func (t *Tx) strangers(a AccountID, domain string) (all, same int, err error) {
	err = t.row(`SELECT count(*), coalesce(sum(substr(jid, instr(jid, '@')+1)=?2), 0) FROM (
		SELECT jid FROM chat WHERE account=?1 AND held>0 AND held=1 UNION SELECT jid FROM request WHERE account=?1)`, a, domain).Scan(&all, &same)
	return all, same, err
}

func unkeptKey(a AccountID) string { return fmt.Sprintf("strangers-%d", a) }

// CountUnkept counts what a stranger said or asked and found no room.
func (t *Tx) CountUnkept(a AccountID) error {
	_, err := t.exec("INSERT INTO meta VALUES (?, '1') ON CONFLICT (key) DO UPDATE SET value=CAST(value AS INTEGER)+1", "x-"+unkeptKey(a))
	return err
}

// Unkept counts what people wrote or asked who found no room among the
// strangers of an account since its list was empty.
func (s *Store) Unkept(ctx context.Context, a AccountID) (int, error) {
	v, err := s.Meta(ctx, unkeptKey(a))
	if err != nil || v == "" {
		return 0, err
	}
	return strconv.Atoi(v)
}

// Hold changes how the chats with an address are held that are.
func (t *Tx) Hold(a AccountID, jid string, h Held) (changed bool, err error) {
	res, err := t.exec("UPDATE chat SET held=?, open=open OR (?1=0 AND last_ord>0), rev=? WHERE account=? AND jid=? AND held>0 AND held<>?1", h, t.rev, a, jid)
	return t.settled(a, res, err)
}

// ForgetAsked takes an address, or all of a server, out of those who wait.
func (t *Tx) ForgetAsked(a AccountID, jid string) error {
	const whose = " WHERE account=?1 AND (jid=?2 OR instr(?2, '@')=0 AND substr(jid, instr(jid, '@')+1)=?2)"
	if _, err := t.exec("DELETE FROM request"+whose, a, jid); err != nil {
		return err
	}
	if _, err := t.exec("UPDATE chat SET held=2, rev=?3"+whose+" AND held>0 AND held=1", a, jid, t.rev); err != nil {
		return err
	}
	return t.forgetUnkept(a)
}

// HoldChat holds a chat that a stranger just began.
func (t *Tx) HoldChat(id ChatID) error {
	_, err := t.exec("UPDATE chat SET held=?, rev=? WHERE id=?", Waiting, t.rev, id)
	return err
}

// ReleaseContacts lets go the held chats with people who are in the roster.
func (t *Tx) ReleaseContacts(a AccountID) (changed bool, err error) {
	res, err := t.exec(`UPDATE chat SET held=0, open=open OR last_ord>0, rev=? WHERE account=? AND held>0
		AND jid IN (SELECT jid FROM roster_item WHERE account=chat.account)`, t.rev, a)
	return t.settled(a, res, err)
}

// settled forgets, once nobody waits, how many had found no room.
func (t *Tx) settled(a AccountID, res sql.Result, err error) (bool, error) {
	if err != nil {
		return false, err
	}
	n, err := res.RowsAffected()
	if err != nil || n == 0 {
		return false, err
	}
	return true, t.forgetUnkept(a)
}

func (t *Tx) forgetUnkept(a AccountID) error {
	_, err := t.exec(`DELETE FROM meta WHERE key=?1 AND NOT EXISTS (SELECT 1 FROM chat WHERE account=?2 AND held>0 AND held=1)
		AND NOT EXISTS (SELECT 1 FROM request WHERE account=?2)`, "x-"+unkeptKey(a), a)
	return err
}

// HeldNames are the names that an archive gave to the messages of the held chats
// with an address, the newest first: what a report can point at (XEP-0377 §6).
func (t *Tx) HeldNames(a AccountID, jid, archive string, most int) ([]string, error) {
	return column[string](t.rows(`SELECT r.value FROM message_ref r JOIN message m ON m.id=r.message JOIN chat c ON c.id=m.chat
		WHERE c.account=? AND c.jid=? AND c.held>0 AND NOT m.outgoing AND r.kind=1 AND r.by=? ORDER BY m.ord DESC LIMIT ?`, a, jid, archive, most))
}

// heldChats adds to the requests what strangers wrote.
func (s *Store) heldChats(ctx context.Context, list []Request) ([]Request, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT c.account, c.jid, c.nick, c.dropped, count(m.id), min(m.stamp),
		coalesce((SELECT group_concat(body, char(10)) FROM (SELECT substr(body, 1, 500) AS body FROM message WHERE chat=c.id AND NOT outgoing AND body IS NOT NULL AND instr(shape, '"s":true')=0 ORDER BY ord LIMIT 3)), '')
		FROM chat c JOIN message m ON m.chat=c.id WHERE c.held>0 AND c.held=1 GROUP BY c.id ORDER BY c.id`)
	chats, err := scan(rows, err, func(r interface{ Scan(...any) error }) (q Request, err error) {
		return q, r.Scan(&q.Account, &q.JID, &q.Nick, &q.Dropped, &q.Messages, &q.Stamp, &q.Words)
	})
	if err != nil {
		return nil, err
	}
	type key struct {
		account AccountID
		jid     string
	}
	at := map[key]int{}
	for i, r := range list {
		at[key{r.Account, r.JID}] = i
	}
	for _, q := range chats {
		i, ok := at[key{q.Account, q.JID}]
		if !ok {
			at[key{q.Account, q.JID}] = len(list)
			list = append(list, q)
			continue
		}
		r := &list[i]
		r.Messages, r.Dropped = r.Messages+q.Messages, r.Dropped+q.Dropped
		r.Words = strings.TrimPrefix(r.Words+"\n"+q.Words, "\n")
		r.Stamp = min(r.Stamp, q.Stamp)
	}
	return list, nil
}
