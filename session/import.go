package session

import (
	"errors"
	"io"
	"strconv"
	"strings"

	"sotto/session/export"
	"sotto/session/wire"
	"sotto/store"
)

const (
	// importBatch is how many lines go in one transaction, between which accounts go on.
	importBatch = 200
	// importMost and importLines bound a file.
	importMost  = 4 << 30
	importLines = 10_000_000
	// importChats is how many chats a file may make.
	importChats = 5000
)

// Import takes the messages of a file that [Client.Export] wrote as JSONL or CPIM into the
// chats of the same accounts, each once. Nothing is sent, nothing notifies or counts as
// unread. An [Answer] tells how far it is, and at the end how many were taken, were
// known and were refused. It works in its own goroutine, which ends with the client.
// Any goroutine; one import at a time.
func (c *Client) Import(path string) {
	if !c.alone(&c.importing, func() Event { return c.importFile(path) }) {
		c.publish(importProblem("import-busy", path))
	}
}

// CancelImport ends an import; what it has taken stays. false: there is none.
func (c *Client) CancelImport() bool {
	c.importEnd.Store(true)
	return c.importing.Load()
}

func importProblem(code string, args ...string) Event {
	return Answer{seal: localOrigin().seal(), Problem: &Problem{Code: code, Args: args}}
}

// importing is an import on its way, in its own goroutine.
type importing struct {
	accounts              map[string]store.AccountID
	chats                 map[store.ChatKey]bool // that the file names
	last                  map[store.ChatID]int64 // where the line taken before stands
	taken, known, refused int
}

// importFile gives what came of it; nil: the client ended.
func (c *Client) importFile(path string) Event {
	c.importEnd.Store(false)
	f, err := openRegular(path)
	if err != nil {
		return importProblem("import-open", path)
	}
	defer func() { _ = f.Close() }()
	r, err := export.NewReader(io.LimitReader(f, importMost))
	if err != nil {
		return importProblem(map[bool]string{true: "import-format", false: "import-open"}[errors.Is(err, export.ErrFormat)], path)
	}
	x := &importing{accounts: map[string]store.AccountID{}, chats: map[store.ChatKey]bool{}, last: map[store.ChatID]int64{}}
	for _, a := range c.Accounts() {
		x.accounts[a.jid] = a.id
	}
	told := 0
	for over := false; !over; {
		var batch []export.Record
		for len(batch) < importBatch && !over {
			rec, err := r.Next()
			switch {
			case errors.Is(err, export.ErrLine), err == nil && !x.fits(&rec):
				x.refused++
			case errors.Is(err, io.EOF):
				over = true
			case err != nil:
				return x.ended("import-read", path)
			default:
				batch = append(batch, rec)
			}
			if n := x.taken + x.known + x.refused + len(batch); n >= importLines || c.importEnd.Load() || c.ctx.Err() != nil {
				break
			}
		}
		if c.ctx.Err() != nil {
			return nil
		}
		if !c.importEnd.Load() {
			if err := c.importBatch(x, batch); err != nil {
				return x.ended("import-disk", path)
			}
		}
		n := x.taken + x.known + x.refused
		if c.importEnd.Load() || n >= importLines {
			return x.ended("import-stopped", path)
		}
		if n/exportTold > told {
			told = n / exportTold
			c.publish(Answer{seal: localOrigin().seal(), Code: "importing", Args: []string{strconv.Itoa(n)}})
		}
	}
	return Answer{seal: localOrigin().seal(), Code: "imported", Args: x.counts()}
}

func (x *importing) counts() []string {
	return []string{strconv.Itoa(x.taken), strconv.Itoa(x.known), strconv.Itoa(x.refused)}
}

func (x *importing) ended(code, path string) Event {
	return importProblem(code, append([]string{path}, x.counts()...)...)
}

// importBatch stores some lines in one transaction, and tells which chats changed.
func (c *Client) importBatch(x *importing, batch []export.Record) error {
	if len(batch) == 0 {
		return nil
	}
	var taken, known int
	moved := map[store.ChatID]store.AccountID{}
	rev, err := c.opt.Store.Write(c.ctx, func(tx *store.Tx) error {
		taken, known = 0, 0
		clear(moved)
		for i := range batch {
			r := &batch[i]
			key := store.ChatKey{Account: x.accounts[r.Account], Kind: r.Kind, JID: r.Chat, Occupant: r.Occupant}
			id, err := tx.ImportChat(key)
			if err != nil {
				return err
			}
			m := r.Message
			m.Chat = id
			at, fresh, err := tx.Import(m, x.last[id])
			if err != nil {
				return err
			}
			x.last[id] = max(x.last[id], at)
			if known++; fresh {
				known, taken, moved[id] = known-1, taken+1, key.Account
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	x.taken, x.known = x.taken+taken, x.known+known
	s := localOrigin().seal()
	for id, account := range moved {
		c.publish(ChatChanged{seal: s, Account: account, Chat: id, Rev: rev})
	}
	if len(moved) > 0 {
		c.publish(ChatsChanged{seal: s})
	}
	return nil
}

// fits says whether a message of a file can be one of its chat, and its chat one of
// ours: who speaks in it is checked as of what arrives.
func (x *importing) fits(r *export.Record) bool {
	chat := wire.Lenient(r.Chat)
	account, ours := x.accounts[r.Account]
	if !ours || chat.IsZero() || chat.Opaque() || chat.Bare().String() != r.Chat {
		return false
	}
	m := &r.Message
	for _, j := range []string{m.Sender, m.RealJID} {
		if p := wire.Lenient(j); j != "" && (p.Opaque() || p.String() != j) {
			return false
		}
	}
	ok := false
	switch r.Kind {
	case store.Room:
		ok = m.Sender == r.Chat || strings.HasPrefix(m.Sender, r.Chat+"/") || m.Outgoing && m.Sender == r.Account || m.Kind == store.Notice
	case store.Private:
		ok = r.Occupant != "" && (m.Outgoing || strings.HasPrefix(m.Sender, r.Chat+"/"))
	case store.Direct:
		ok = r.Chat != r.Account && (m.Outgoing && m.Sender == r.Account || !m.Outgoing && m.Sender == r.Chat)
	case store.Self:
		ok = r.Chat == r.Account && m.Sender == r.Account
	}
	for _, ref := range m.Refs {
		ok = ok && (ref.Kind != "stanza-id" || ref.By == r.Account || ref.By == r.Chat)
	}
	key := store.ChatKey{Account: account, Kind: r.Kind, JID: r.Chat, Occupant: r.Occupant}
	if ok && !x.chats[key] {
		if len(x.chats) >= importChats {
			return false
		}
		x.chats[key] = true
	}
	return ok
}
