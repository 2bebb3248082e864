package session

import (
	"context"

	"sotto/session/web"
	"sotto/store"
)

// Files of others: nothing is fetched that the user did not ask for.

// fetchesMost is how many files of an account are fetched at a time.
const fetchesMost = 3

// SaveFile fetches the file of a message into the folder of the settings. near is
// a host that may be this machine or one around it, because the user said so; ""
// is none. [Transfer] says how far it is, [FileSaved] or an [Answer] what came of
// it, [FileNear] asks.
func (a *Account) SaveFile(m store.MessageID, near string) {
	a.do(0, func(l *loop) { l.saveFile(m, near) })
}

// FileSaved says where a file was saved.
type FileSaved struct {
	seal
	Account store.AccountID
	Chat    store.ChatID
	Message store.MessageID
	Path    string
	Checked bool // it has the content that its sender told
}

func (FileSaved) key() any { return nil }

// FileNear says that the host of a file is this machine or one of the network
// around it, which a stranger could want to reach through us. Nothing was sent to
// it. [Account.SaveFile] with the host goes there.
type FileNear struct {
	seal
	Account store.AccountID
	Chat    store.ChatID
	Message store.MessageID
	View    bool   // it was to be shown and not saved: [Account.Preview] goes there
	Host    string // as the message, or who redirected us, calls it
	Addr    string
}

func (FileNear) key() any { return nil }

func (l *loop) saveFile(id store.MessageID, near string) {
	m, err := l.st.Message(l.ctx, id)
	if err != nil {
		return
	}
	c, ok := l.chat(m.Chat)
	if !ok || l.fetches[id] != nil {
		return
	}
	if now, err := l.st.Chat(l.ctx, c.ID); err == nil {
		c = now
	}
	var p *Problem
	switch {
	case m.File == nil || m.File.URL == "":
		p = &Problem{Code: "file-none"}
	case c.Held != store.NotHeld:
		p = &Problem{Code: "file-stranger", Args: []string{c.JID}}
	case !m.Outgoing && l.filesFrom(c) == ChoiceNo:
		p = &Problem{Code: "file-unwanted", Args: []string{c.JID}}
	case len(l.fetches) >= fetchesMost:
		p = &Problem{Code: "file-busy"}
	}
	if p != nil {
		l.tellProblem(m.Chat, *p)
		return
	}
	s := l.c.Settings()
	file := *m.File
	file.Name = FileName(&file)
	ctx, stop := context.WithCancel(l.ctx)
	l.fetches[id] = &transfer{chat: m.Chat, stop: stop}
	e := Transfer{seal: localOrigin().seal(), Account: l.a.id, Chat: m.Chat, Message: id, Total: file.Size}
	l.emit(e)
	r := web.Request{URL: file.URL, Allow: near, Dir: s.Downloads(), Name: m.File.Name, Type: file.Type, Size: file.Size, SHA256: file.SHA256,
		Max: s.DownloadBytes(), Version: file.Version, Moved: l.progress(e)}
	client := l.web()
	l.dials.Go(func() {
		defer l.c.guard()
		defer stop()
		got, err := client.Fetch(ctx, r)
		if l.ctx.Err() != nil {
			return
		}
		l.soon(func(l *loop) { l.fetched(m, file, got, err, r.Max) })
	})
}

// fetched takes what came of a fetch.
func (l *loop) fetched(m store.Message, file store.File, got web.Got, err error, most int64) {
	t := l.fetches[m.ID]
	if t == nil {
		return
	}
	delete(l.fetches, m.ID)
	s := localOrigin().seal()
	l.emit(Transfer{seal: s, Account: l.a.id, Chat: m.Chat, Message: m.ID, Over: true})
	f := *m.File
	f.Version = got.Version
	if err == nil {
		f.Saved, f.Checked, f.Version = got.Path, got.Checked, ""
	}
	if f.Saved != m.File.Saved || f.Checked != m.File.Checked || f.Version != m.File.Version {
		l.write(func(tx *store.Tx) error {
			if now, err := tx.Message(m.ID); err != nil || now.File == nil {
				return err // it was taken back meanwhile
			}
			l.chatMoved(m.Chat, tx)
			return tx.SetFile(m.ID, f)
		})
	}
	if err == nil {
		l.emit(FileSaved{seal: s, Account: l.a.id, Chat: m.Chat, Message: m.ID, Path: got.Path, Checked: got.Checked})
		return
	}
	p := webProblem(err, file.URL, file)
	switch p.Code {
	case "file-near":
		l.emit(FileNear{seal: s, Account: l.a.id, Chat: m.Chat, Message: m.ID, Host: p.Host, Addr: p.Args[1]})
		return
	case "file-limit":
		p.Args = append(p.Args, sizeArg(most))
	}
	l.tellProblem(m.Chat, *p)
}
