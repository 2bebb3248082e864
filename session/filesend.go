package session

import (
	"errors"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"unicode/utf8"

	"encoding/base64"
	"encoding/hex"
	"strings"

	"sotto/session/web"
	"sotto/session/wire"
	"sotto/store"
)

// SendFile sends a file of this machine to a chat. What comes of it stands in the
// chat, as a line that is Preparing and then one like any other; [Transfer] says
// how far it is, an [Answer] why it cannot be sent at all.
func (a *Account) SendFile(chat store.ChatID, path string) {
	a.do(chat, func(l *loop) { l.sendFile(chat, path, false) })
}

// SendCopy is SendFile for a file that was made for it and is removed once it is
// sent or given up.
func (a *Account) SendCopy(chat store.ChatID, path string) {
	if !a.do(chat, func(l *loop) { l.sendFile(chat, path, true) }) {
		_ = os.Remove(path)
	}
}

// StopTransfer stops a file of a message that moves: ours stays as a line that was
// not sent, of another's the part that is here stays for later.
func (a *Account) StopTransfer(m store.MessageID) { a.do(0, func(l *loop) { l.stopTransfer(m) }) }

func (l *loop) stopTransfer(m store.MessageID) {
	if j := l.uploads.jobs[m]; j != nil {
		l.uploadFailed(j, Problem{Code: "upload-stopped"})
	}
	if t := l.fetches[m]; t != nil {
		t.stop()
	}
}

// sendFile looks at a file beside the loop and takes it up.
func (l *loop) sendFile(chat store.ChatID, path string, copied bool) {
	l.dials.Go(func() {
		defer l.c.guard()
		f, p := examine(path)
		f.Copy = copied
		if !l.soon(func(l *loop) { l.takeFile(chat, f, p) }) && copied {
			_ = os.Remove(path)
		}
	})
}

// takeFile stores a line with a file unless it is known already that it cannot go.
func (l *loop) takeFile(chat store.ChatID, f store.File, p *Problem) {
	c, ok := l.chat(chat)
	switch {
	case p != nil:
	case !ok:
		p = &Problem{Code: "no-chat"}
	case c.Kind == store.Room && !l.inRoom(c.JID) && !l.willBeIn(c.JID) && l.state == Online:
		p = &Problem{Code: "not-in-room"}
	case !l.saving:
		p = l.savingProblem()
	default:
		p = l.barredChat(c)
	}
	if p != nil {
		l.refuseFile(chat, f, *p)
		return
	}
	l.findUpload(func(err error) {
		switch {
		case err == errNoUpload:
			l.refuseFile(chat, f, Problem{Code: "upload-none"})
		case err == nil && l.tooLarge(f.Size):
			l.refuseFile(chat, f, l.largeProblem(f, l.uploads.most))
		default: // without a link it waits for one
			l.storeFile(c, f)
		}
	})
}

func (l *loop) refuseFile(chat store.ChatID, f store.File, p Problem) {
	if f.Copy {
		_ = os.Remove(f.Path)
	}
	l.tellProblem(chat, p)
}

func (l *loop) storeFile(c store.Chat, f store.File) {
	j := &upload{chat: c.ID, localID: newID(), file: f}
	d, ok := l.lineWith(c, j.localID, f.Name, f.Name)
	if !ok {
		l.refuseFile(c.ID, f, Problem{Code: "occupant-gone"})
		return
	}
	d.File = &f
	if !l.write(func(tx *store.Tx) error {
		before, err := tx.Chat(c.ID)
		if err != nil {
			return err
		}
		if j.message, err = tx.Prepare(d); err != nil {
			return err
		}
		if before.Held != store.NotHeld {
			if err := l.release(tx, before.JID); err != nil {
				return err
			}
		}
		l.chatMoved(c.ID, tx)
		return nil
	}) {
		l.refuseFile(c.ID, f, Problem{Code: "not-saved"})
		return
	}
	l.uploads.jobs[j.message] = j
	l.goOn(j)
}

// uploadAgain takes a line up once more whose file was not uploaded.
func (l *loop) uploadAgain(m store.Message) {
	c, ok := l.chat(m.Chat)
	if !ok || l.uploads.jobs[m.ID] != nil {
		return
	}
	if p := l.barredChat(c); p != nil {
		l.tellProblem(m.Chat, *p)
		return
	}
	old := *m.File
	l.dials.Go(func() { // it may have changed since
		defer l.c.guard()
		f, p := examine(old.Path)
		f.Copy = old.Copy
		l.soon(func(l *loop) {
			j := &upload{message: m.ID, chat: m.Chat, localID: m.LocalID, file: f}
			if p != nil {
				j.file = old
				l.uploadFailed(j, *p)
				return
			}
			if l.uploads.jobs[m.ID] != nil || !l.write(func(tx *store.Tx) error {
				l.chatMoved(m.Chat, tx)
				return tx.PrepareAgain(m.ID, f)
			}) {
				return
			}
			l.uploads.jobs[m.ID] = j
			l.goOn(j)
		})
	})
}

// dropUpload ends what moves for a line that is taken back.
func (l *loop) dropUpload(m store.Message) {
	if j := l.uploads.jobs[m.ID]; j != nil {
		l.endUpload(j)
	}
	if m.File != nil && m.File.Copy {
		_ = os.Remove(m.File.Path)
	}
}

// loadUploads finds what was on its way when the program ended: the user decides
// whether it still goes.
func (l *loop) loadUploads() {
	list, err := l.st.Interrupted(l.ctx, l.a.id)
	if err != nil || len(list) == 0 {
		return
	}
	l.write(func(tx *store.Tx) error {
		for _, m := range list {
			f := store.File{}
			if m.File != nil {
				f = *m.File
			}
			f.Problem, f.Args = "upload-interrupted", nil
			if err := tx.Unprepared(m.ID, f); err != nil {
				return err
			}
		}
		return nil
	})
}

// examine says what a file is, or why it cannot be sent.
func examine(path string) (store.File, *Problem) {
	f := store.File{Path: path, Name: web.SafeName(filepath.Base(path), "", "")}
	in, p := openFile(f)
	if p != nil {
		return f, p
	}
	defer func() { _ = in.Close() }()
	st, err := in.Stat()
	if err != nil {
		return f, fileProblem(err, f)
	}
	if f.Size = st.Size(); f.Size == 0 {
		return f, &Problem{Code: "file-empty", Args: []string{f.Name}}
	}
	head := make([]byte, 512)
	n, err := io.ReadFull(in, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return f, fileProblem(err, f)
	}
	if f.Type = mediaType(mime.TypeByExtension(filepath.Ext(path))); f.Type == "" {
		f.Type = mediaType(http.DetectContentType(head[:n]))
	}
	if f.Type == "" {
		f.Type = "application/octet-stream"
	}
	return f, nil
}

// openFile opens a file that is to be sent: a plain one, of the size that was seen
// if one was.
func openFile(f store.File) (*os.File, *Problem) {
	st, err := os.Stat(f.Path) // before it is opened: a pipe would wait
	switch {
	case err != nil:
		return nil, fileProblem(err, f)
	case st.IsDir():
		return nil, &Problem{Code: "file-folder", Args: []string{f.Name}}
	case !st.Mode().IsRegular():
		return nil, &Problem{Code: "file-special", Args: []string{f.Name}}
	case f.Size != 0 && st.Size() != f.Size:
		return nil, &Problem{Code: "file-changed", Args: []string{f.Name}}
	}
	in, err := os.Open(f.Path)
	if err != nil {
		return nil, fileProblem(err, f)
	}
	return in, nil
}

func fileProblem(err error, f store.File) *Problem {
	code := "file-unreadable"
	if errors.Is(err, fs.ErrNotExist) {
		code = "file-missing"
	}
	return &Problem{Code: code, Args: []string{f.Name}}
}

// fileLine makes the stanza of a line that is a file: its address for everybody
// (XEP-0066), and what it is for those who know (XEP-0447, XEP-0446).
func (l *loop) fileLine(c store.Chat, localID string, f store.File) (store.Draft, bool) {
	m := wire.New(nsFileMetadata, "file")
	m.Add(wire.New(nsFileMetadata, "media-type").SetText(f.Type), wire.New(nsFileMetadata, "name").SetText(f.Name),
		wire.New(nsFileMetadata, "size").SetText(strconv.FormatInt(f.Size, 10)))
	if b, err := hex.DecodeString(f.SHA256); err == nil && len(b) > 0 {
		m.Add(wire.New(nsHashes, "hash").Set("algo", "sha-256").SetText(base64.StdEncoding.EncodeToString(b)))
	}
	how := "attachment"
	if kind, _, _ := strings.Cut(f.Type, "/"); kind == "image" || kind == "audio" || kind == "video" {
		how = "inline"
	}
	share := wire.New(nsFileSharing, "file-sharing").Set("disposition", how).
		Add(m, wire.New(nsFileSharing, "sources").Add(wire.New(nsURLData, "url-data").Set("target", f.URL)))
	part := wire.New(nsFallback, "body").Set("start", "0").Set("end", strconv.Itoa(utf8.RuneCountInString(f.URL)))
	d, ok := l.lineWith(c, localID, f.URL, f.URL, share, wire.New(nsFallback, "fallback").Set("for", nsFileSharing).Add(part),
		wire.New(nsOOB, "x").Add(wire.New(nsOOB, "url").SetText(f.URL)))
	d.File = &f
	return d, ok
}

// SizeWords writes a number of bytes as people do.
func SizeWords(n int64) string {
	const units = "kMGT"
	if n < 1000 {
		return strconv.FormatInt(n, 10) + " B"
	}
	v, i := float64(n)/1000, 0
	for v >= 999.95 && i < len(units)-1 {
		v, i = v/1000, i+1
	}
	digits := 1
	if v >= 99.95 {
		digits = 0
	}
	return strconv.FormatFloat(v, 'f', digits, 64) + " " + units[i:i+1] + "B"
}
