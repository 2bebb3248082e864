package session

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"sotto/session/picture"
	"sotto/session/web"
	"sotto/store"
)

// Pictures in the chat: what a message brings is fetched, made small and kept with
// the message. By a key always; by itself only from contacts, where the user set
// that, and never from something near.

const (
	// PreviewCols and PreviewRows are what a picture may take of a screen; a cell has
	// two pixels, one above the other.
	PreviewCols = 48
	PreviewRows = 10
	// previewSharp is how many times as wide and high the picture is that terminals
	// get which draw pixels.
	previewSharp = 10
	// previewMax bounds the file when the user asks, previewSelf when nobody does.
	previewMax  = 20 << 20
	previewSelf = 5 << 20
)

// Preview shows the picture of a message in the chat, or hides it again. near is a
// host that may be this machine or one around it, because the user said so.
// [Transfer] says how far it is, [FileNear] asks, an [Answer] says what went wrong.
func (a *Account) Preview(m store.MessageID, near string) {
	a.do(0, func(l *loop) { l.preview(m, near, false) })
}

// PreviewNew does so unasked, if the settings and the sender allow it: nothing is
// told when it does not work.
func (a *Account) PreviewNew(m store.MessageID) { a.do(0, func(l *loop) { l.preview(m, "", true) }) }

// Pictured is the picture of a message as sharp as a terminal may show it, while it is
// at hand: it is not kept on the disk. PNG is a file that was written here, at most
// 480 by 200 pixels.
type Pictured struct {
	seal
	Account store.AccountID
	Chat    store.ChatID
	Message store.MessageID
	PNG     []byte
}

func (Pictured) key() any { return nil }

// unasked says whether the picture of a message may be fetched by itself.
func (l *loop) unasked(m store.Message, c store.Chat) bool {
	return l.c.Settings().Pictures == "on" && c.Kind == store.Direct && !m.Outgoing && l.contacts[c.JID].JID != "" && l.contacts[c.JID].Subscription != "none" &&
		l.filesFrom(c) == ChoiceYes && m.File.Picture == nil && m.File.Size <= previewSelf && strings.HasPrefix(m.File.Type, "image/") && l.barredChat(c) == nil
}

func (l *loop) preview(id store.MessageID, near string, auto bool) {
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
	most := int64(previewMax)
	var p *Problem
	switch {
	case m.File == nil || m.File.URL == "" && m.File.Path == "":
		p = &Problem{Code: "picture-no-file"}
	case c.Held != store.NotHeld:
		p = &Problem{Code: "file-stranger", Args: []string{c.JID}}
	case !auto && !m.Outgoing && l.filesFrom(c) == ChoiceNo:
		p = &Problem{Code: "file-unwanted", Args: []string{c.JID}}
	case auto && !l.unasked(m, c):
		return
	case m.File.Picture != nil:
		l.setPreview(m, nil)
		return
	case m.File.Type != "" && !strings.HasPrefix(m.File.Type, "image/"):
		p = &Problem{Code: "picture-unknown", Args: []string{FileName(m.File)}}
	case m.File.Size > previewMax:
		p = &Problem{Code: "picture-file", Args: []string{FileName(m.File), sizeArg(previewMax)}}
	case len(l.fetches) >= fetchesMost:
		p = &Problem{Code: "file-busy"}
	}
	if p != nil {
		if !auto {
			l.tellProblem(m.Chat, *p)
		}
		return
	}
	if auto {
		most = previewSelf
	}
	file := *m.File
	ctx, stop := context.WithCancel(l.ctx)
	l.fetches[id] = &transfer{chat: m.Chat, stop: stop}
	e := Transfer{seal: localOrigin().seal(), Account: l.a.id, Chat: m.Chat, Message: id, Total: file.Size}
	l.emit(e)
	r := web.Request{URL: file.URL, Allow: near, Name: "picture", Size: file.Size, SHA256: file.SHA256, Max: most, Moved: l.progress(e)}
	client, decoder := l.web(), l.c.pictures
	l.dials.Go(func() {
		defer l.c.guard()
		defer stop()
		small, sharp, err := fetchPicture(ctx, client, decoder, file, r)
		if l.ctx.Err() != nil {
			return
		}
		l.soon(func(l *loop) { l.previewed(m, small, sharp, err, auto) })
	})
}

// fetchPicture takes a picture from where it was saved, or from its host by way of a
// file that does not stay, and makes it small.
func fetchPicture(ctx context.Context, c *web.Client, d *picture.Decoder, f store.File, r web.Request) (s picture.Small, sharp []byte, err error) {
	for _, path := range []string{f.Saved, f.Path} {
		if path == "" {
			continue
		}
		if data, err := readAtMost(path, previewMax); err == nil {
			return d.Both(ctx, data, PreviewCols, 2*PreviewRows, previewSharp)
		}
	}
	if f.URL == "" {
		return s, nil, os.ErrNotExist
	}
	dir, err := os.MkdirTemp("", "sotto-")
	if err != nil {
		return s, nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	r.Dir = filepath.Join(dir, "p")
	got, err := c.Fetch(ctx, r)
	if err != nil {
		return s, nil, err
	}
	data, err := readAtMost(got.Path, previewMax)
	if err != nil {
		return s, nil, err
	}
	return d.Both(ctx, data, PreviewCols, 2*PreviewRows, previewSharp)
}

// previewed takes what came of it.
func (l *loop) previewed(m store.Message, small picture.Small, sharp []byte, err error, auto bool) {
	if l.fetches[m.ID] == nil {
		return
	}
	delete(l.fetches, m.ID)
	s := localOrigin().seal()
	l.emit(Transfer{seal: s, Account: l.a.id, Chat: m.Chat, Message: m.ID, Over: true})
	if err == nil {
		l.emit(Pictured{seal: s, Account: l.a.id, Chat: m.Chat, Message: m.ID, PNG: sharp})
		l.setPreview(m, &store.Picture{Width: small.W, Pix: small.Pix})
		return
	}
	if auto {
		return
	}
	named := *m.File
	named.Name = FileName(m.File)
	p := webProblem(err, named.URL, named)
	switch {
	case p.Code == "file-near":
		l.emit(FileNear{seal: s, Account: l.a.id, Chat: m.Chat, Message: m.ID, Host: p.Host, Addr: p.Args[1], View: true})
		return
	case p.Code == "file-limit", errors.Is(err, errTooBig):
		p = &Problem{Code: "picture-file", Args: []string{named.Name, sizeArg(previewMax)}}
	case errors.Is(err, picture.ErrUnknown), errors.Is(err, picture.ErrLarge), errors.Is(err, picture.ErrBroken), errors.Is(err, picture.ErrSlow), errors.Is(err, os.ErrNotExist):
		p = pictureProblem(err, named.Name)
	}
	l.tellProblem(m.Chat, *p)
}

// setPreview keeps a picture with its message; nil takes it away.
func (l *loop) setPreview(m store.Message, p *store.Picture) {
	l.write(func(tx *store.Tx) error {
		now, err := tx.Message(m.ID)
		if err != nil || now.File == nil {
			return err // it was taken back meanwhile
		}
		f := *now.File
		f.Picture = p
		l.chatMoved(m.Chat, tx)
		return tx.SetFile(m.ID, f)
	})
}
