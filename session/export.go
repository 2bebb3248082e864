package session

import (
	"bufio"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"

	"sotto/session/export"
	"sotto/store"
)

// ExportRequest says what is written to a file.
type ExportRequest struct {
	Chat    store.ChatID // 0: all chats of all accounts but those with strangers
	Format  export.Format
	Path    string // absolute; "": a name in the folder for downloads
	Replace bool   // a file that is there already may be replaced
	Words   export.Words
}

const (
	// exportPage is how many messages are read at a time.
	exportPage = 500
	// exportTold is after how many it is told how far it is.
	exportTold = 20_000
)

// Export writes messages to a file of mode 0600, which stands under its name when
// all is in it. An [Answer] tells how far it is and what came of it; [ExportExists]
// asks. It reads what is on the disk, in its own goroutine, which ends with the
// client. Any goroutine; one export at a time.
func (c *Client) Export(r ExportRequest) {
	if !c.alone(&c.exporting, func() Event { return c.export(r) }) {
		c.publish(exportProblem(r, "export-busy"))
	}
}

// alone does work in its own goroutine, which ends with the client, and tells what came
// of it, if anything. false: work that is noted in the same place is not done yet.
func (c *Client) alone(busy *atomic.Bool, work func() Event) bool {
	if !busy.CompareAndSwap(false, true) {
		return false
	}
	c.wg.Go(func() {
		defer c.guard()
		e := work()
		busy.Store(false) // who hears of it may ask for the next
		if e != nil {
			c.publish(e)
		}
	})
	return true
}

// ExportExists says that there is a file of that name. Nothing was written;
// [Client.Export] with the request and Replace set does it.
type ExportExists struct {
	seal
	Request ExportRequest
}

func (ExportExists) key() any { return nil }

func exportProblem(r ExportRequest, code string) Event {
	return Answer{seal: localOrigin().seal(), Chat: r.Chat, Problem: &Problem{Code: code, Args: []string{r.Path}}}
}

// exported is a chat and the address of its account.
type exported struct {
	store.Chat
	account string
}

// export gives what came of it; nil: the client ended.
func (c *Client) export(r ExportRequest) Event {
	chats, err := c.exportChats(r.Chat)
	if err != nil {
		return exportProblem(r, "export-unread")
	}
	if r.Path == "" {
		name := "sotto"
		if r.Chat != 0 && len(chats) > 0 {
			name += "-" + fileWord(chats[0].JID)
		}
		r.Path = filepath.Join(c.Settings().Downloads(), name+c.opt.Now().Format("-20060102-150405")+r.Format.Ending())
		if err := os.MkdirAll(filepath.Dir(r.Path), 0o700); err != nil {
			return exportProblem(r, "export-write")
		}
	}
	if _, err := os.Lstat(r.Path); err == nil && !r.Replace {
		return ExportExists{seal: localOrigin().seal(), Request: r}
	}
	n, err := c.exportTo(r, chats)
	var path *fs.PathError
	var link *os.LinkError
	switch {
	case c.ctx.Err() != nil:
		return nil
	case errors.Is(err, fs.ErrExist):
		return ExportExists{seal: localOrigin().seal(), Request: r}
	case errors.Is(err, syscall.ENOSPC):
		return exportProblem(r, "export-full")
	case errors.As(err, &path), errors.As(err, &link):
		return exportProblem(r, "export-write")
	case err != nil:
		return exportProblem(r, "export-unread")
	}
	return Answer{seal: localOrigin().seal(), Chat: r.Chat, Code: "exported", Args: []string{strconv.Itoa(n), r.Path}}
}

// exportChats lists what is to be written.
func (c *Client) exportChats(id store.ChatID) (all []exported, err error) {
	for _, a := range c.Accounts() {
		list, err := c.opt.Store.ChatsOf(c.ctx, a.id)
		if err != nil {
			return nil, err
		}
		for _, x := range list {
			if id == x.ID || id == 0 && x.Held == store.NotHeld {
				all = append(all, exported{x, a.jid})
			}
		}
	}
	return all, nil
}

// exportTo writes a file beside the one that is wanted, and gives it its name.
func (c *Client) exportTo(r ExportRequest, chats []exported) (n int, err error) {
	f, err := os.CreateTemp(filepath.Dir(r.Path), ".sotto-*.part") // mode 0600
	if err != nil {
		return 0, err
	}
	defer func() { _ = os.Remove(f.Name()) }()
	defer func() { _ = f.Close() }()
	b := bufio.NewWriterSize(f, 64<<10)
	w, err := export.New(r.Format, b, r.Words)
	if err != nil {
		return 0, err
	}
	for _, x := range chats {
		if n, err = c.exportChat(r, w, x, n); err != nil {
			return n, err
		}
	}
	if err := w.Close(); err != nil {
		return n, err
	}
	if err := b.Flush(); err != nil {
		return n, err
	}
	if err := f.Sync(); err != nil {
		return n, err
	}
	if err := f.Close(); err != nil {
		return n, err
	}
	return n, nameFile(f.Name(), r.Path, r.Replace)
}

// nameFile gives a file its name, over another one only if that was said.
func nameFile(from, to string, replace bool) error {
	if replace {
		return os.Rename(from, to)
	}
	err := os.Link(from, to)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	if _, err := os.Lstat(to); err == nil { // a disk without links
		return fs.ErrExist
	}
	return os.Rename(from, to)
}

// exportChat writes a chat page by page, so that what arrives meanwhile waits for
// nothing; n messages were written before.
func (c *Client) exportChat(r ExportRequest, w export.Writer, x exported, n int) (int, error) {
	seen := map[store.MessageID]bool{} // of the newest page: a line may get its place meanwhile
	for after := int64(0); ; {
		list, err := c.opt.Store.ExportPage(context.WithoutCancel(c.ctx), x.ID, after, exportPage)
		if err != nil {
			return n, err
		}
		if err := c.ctx.Err(); err != nil {
			return n, err
		}
		now := make(map[store.MessageID]bool, len(list))
		for i := range list {
			m := &list[i]
			after, now[m.ID] = m.Ord, true
			if seen[m.ID] {
				continue
			}
			if err := w.Message(x.Chat, x.account, m); err != nil {
				return n, err
			}
			if n++; n%exportTold == 0 {
				c.publish(Answer{seal: localOrigin().seal(), Chat: r.Chat, Code: "exporting", Args: []string{strconv.Itoa(n)}})
			}
		}
		if len(list) < exportPage {
			return n, nil
		}
		seen = now
	}
}

// fileWord makes a part of a file's name of an address.
func fileWord(jid string) string {
	return strings.Map(func(r rune) rune {
		if r == '@' || r == '.' || r == '-' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' {
			return r
		}
		return '_'
	}, clip(jid, 80))
}
