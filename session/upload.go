package session

import (
	"context"
	"errors"
	"os"
	"strconv"
	"strings"
	"time"

	"sotto/session/web"
	"sotto/session/wire"
	"sotto/store"
)

// Files of ours on their way to where the server keeps them (XEP-0363). A line
// with a file is on the disk before anything moves, in the state Preparing; it has
// no stanza until the file is uploaded, and what is typed meanwhile does not wait.

const (
	// uploadsMost is how many files of an account move at a time.
	uploadsMost = 2
	// servicesMost is how many services of a server are asked whether they take files.
	servicesMost = 20
	// serviceTime is how long they have.
	serviceTime = 10 * time.Second
)

var (
	errNoUpload = errors.New("the server takes no files")
	errBadSlot  = errors.New("the server named no place that is safe")
)

// uploads are the files of an account on their way, and where they go.
type uploads struct {
	known, asking bool
	service       string // "": the server takes none
	most          int64  // bytes of a file; 0: not said
	waiting       []func(error)
	jobs          map[store.MessageID]*upload
}

// upload is one of them.
type upload struct {
	message store.MessageID
	chat    store.ChatID
	localID string
	file    store.File
	asks    bool               // for a place
	stop    context.CancelFunc // while it moves; nil: it does not
	why     *Problem           // it failed, which the disk does not know yet
}

// transfer is a file that moves: what a screen sees of it.
type transfer struct {
	chat store.ChatID
	stop context.CancelFunc
}

// Transfer says how far a file is. Over: it does not move any more, by whatever
// end.
type Transfer struct {
	seal
	Account     store.AccountID
	Chat        store.ChatID
	Message     store.MessageID
	Up          bool  // from us
	Waits       bool  // for a connection, or for its turn
	Done, Total int64 // bytes; Total 0: not known
	Over        bool
}

type transferKey struct{ m store.MessageID }

func (e Transfer) key() any { return transferKey{e.Message} }

// UploadService says what the server of an account takes.
type UploadService struct {
	seal
	Account store.AccountID
	None    bool  // it takes no files
	Most    int64 // bytes of a file; 0: not said
}

type uploadServiceKey struct{ a store.AccountID }

func (e UploadService) key() any { return uploadServiceKey{e.Account} }

// FindUpload asks the server what it takes of files; [UploadService] answers.
func (a *Account) FindUpload() { a.do(0, func(l *loop) { l.findUpload(func(error) {}) }) }

// findUpload runs then once it is known where files go: errNoUpload, errLinkLost
// or nil.
func (l *loop) findUpload(then func(error)) {
	u := &l.uploads
	switch {
	case l.state != Online || l.link == nil:
		then(errLinkLost)
		return
	case u.known:
		l.emit(l.uploadService())
		then(l.noUpload())
		return
	}
	u.waiting = append(u.waiting, then)
	if u.asking {
		return
	}
	u.asking = true
	life := l.life
	var found []string // in their order, the server last (XEP-0363 §4)
	most, left := map[string]int64{}, 0
	done := func(l *loop, err error) {
		if l.life != life || !u.asking {
			return
		}
		u.asking = false
		if err == nil {
			u.known, u.service = true, ""
			for _, jid := range found {
				if n, ok := most[jid]; ok {
					u.service, u.most = jid, n
					break
				}
			}
			l.emit(l.uploadService())
			err = l.noUpload()
		}
		list := u.waiting
		u.waiting = nil
		for _, fn := range list {
			fn(err)
		}
	}
	l.after(serviceTime, func(l *loop) { done(l, nil) })
	domain := l.self.Domain()
	l.askPubSub(iq("get", domain, wire.New(nsDiscoItems, "query")), func(el *wire.Element, err error) {
		if err == errLinkLost {
			done(l, err)
			return
		}
		for i := range el.Child(nsDiscoItems, "query").All(nsDiscoItems, "item") {
			if j := wire.Lenient(i.Attr("jid")); !j.Opaque() && !j.IsZero() && i.Attr("node") == "" && len(found) < servicesMost {
				found = append(found, j.String())
			}
		}
		found = append(found, domain)
		left = len(found)
		for _, jid := range found {
			if !l.askPubSub(iq("get", jid, wire.New(nsDiscoInfo, "query")), func(el *wire.Element, err error) {
				if err == errLinkLost {
					done(l, err)
					return
				}
				if n, ok := takesFiles(el.Child(nsDiscoInfo, "query")); ok && err == nil {
					most[jid] = n
				}
				if left--; left == 0 {
					done(l, nil)
				}
			}) {
				done(l, errLinkLost)
				return
			}
		}
	})
}

func (l *loop) noUpload() error {
	if l.uploads.service == "" {
		return errNoUpload
	}
	return nil
}

func (l *loop) uploadService() UploadService {
	return UploadService{seal: localOrigin().seal(), Account: l.a.id, None: l.uploads.service == "", Most: l.uploads.most}
}

// takesFiles says whether a service takes files, and how big ones (XEP-0363 §4).
func takesFiles(info *wire.Element) (most int64, ok bool) {
	for f := range info.All(nsDiscoInfo, "feature") {
		ok = ok || f.Attr("var") == nsUpload
	}
	for x := range info.All(nsData, "x") {
		kind, size := "", ""
		for f := range x.All(nsData, "field") {
			switch f.Attr("var") {
			case "FORM_TYPE":
				kind = f.ChildText(nsData, "value")
			case "max-file-size":
				size = f.ChildText(nsData, "value")
			}
		}
		if n, err := strconv.ParseInt(strings.TrimSpace(size), 10, 64); kind == nsUpload && err == nil && n > 0 {
			most = n
		}
	}
	return most, ok
}

// uploadsLost follows the end of a session: what was asked is asked again; what
// moves does not hang on it.
func (l *loop) uploadsLost() {
	u := &l.uploads
	list := u.waiting
	u.known, u.asking, u.waiting = false, false, nil
	for _, fn := range list {
		fn(errLinkLost)
	}
	for _, j := range u.jobs {
		if j.asks {
			j.asks = false
			l.emit(j.event(l, Transfer{Waits: true}))
		}
	}
}

// goOnUploads takes up what waits.
func (l *loop) goOnUploads() {
	for _, j := range l.uploads.jobs {
		l.goOn(j)
	}
}

func (j *upload) event(l *loop, e Transfer) Transfer {
	e.seal, e.Account, e.Chat, e.Message, e.Up = localOrigin().seal(), l.a.id, j.chat, j.message, true
	if e.Total == 0 {
		e.Total = j.file.Size
	}
	return e
}

// goOn brings a file a step further.
func (l *loop) goOn(j *upload) {
	busy := 0
	for _, o := range l.uploads.jobs {
		if o.asks || o.stop != nil {
			busy++
		}
	}
	switch {
	case j.asks || j.stop != nil:
		return
	case j.why != nil:
		l.uploadFailed(j, *j.why)
		return
	case j.file.URL != "": // only the disk was missing
		l.uploaded(j)
		return
	case busy >= uploadsMost || l.state != Online || l.link == nil:
		l.emit(j.event(l, Transfer{Waits: true}))
		return
	}
	j.asks = true
	l.emit(j.event(l, Transfer{}))
	l.findUpload(func(err error) {
		if l.uploads.jobs[j.message] != j {
			return // taken back meanwhile
		}
		j.asks = false
		switch {
		case err == errLinkLost:
			l.emit(j.event(l, Transfer{Waits: true}))
		case err != nil:
			l.uploadFailed(j, Problem{Code: "upload-none"})
		case l.tooLarge(j.file.Size):
			l.uploadFailed(j, l.largeProblem(j.file, l.uploads.most))
		default:
			j.asks = true
			l.askSlot(j)
		}
	})
}

func (l *loop) tooLarge(size int64) bool { return l.uploads.most > 0 && size > l.uploads.most }

func (l *loop) largeProblem(f store.File, most int64) Problem {
	return Problem{Code: "upload-large", Args: []string{f.Name, sizeArg(f.Size), sizeArg(most)}}
}

// sizeArg is a size as an argument of a sentence, in which screens write it so
// that people can read it.
func sizeArg(n int64) string { return SizeWords(n) }

// askSlot asks for a place for a file (XEP-0363 §5).
func (l *loop) askSlot(j *upload) {
	q := wire.New(nsUpload, "request").Set("filename", j.file.Name).Set("size", strconv.FormatInt(j.file.Size, 10)).Set("content-type", j.file.Type)
	if !l.askPubSub(iq("get", l.uploads.service, q), func(el *wire.Element, err error) {
		if l.uploads.jobs[j.message] != j {
			return
		}
		j.asks = false
		if err == errLinkLost {
			l.emit(j.event(l, Transfer{Waits: true}))
			return
		}
		if err != nil {
			l.uploadFailed(j, slotProblem(j.file, err))
			return
		}
		put, get, headers, err := readSlot(el.Child(nsUpload, "slot"))
		if err != nil {
			l.uploadFailed(j, Problem{Code: "upload-unsafe", Host: l.uploads.service})
			return
		}
		l.move(j, put, get, headers)
	}) {
		j.asks = false
	}
}

// readSlot reads where a file goes and where it can be had then; both by https.
func readSlot(s *wire.Element) (put, get string, headers []web.Header, err error) {
	p, g := s.Child(nsUpload, "put"), s.Child(nsUpload, "get")
	put = p.Attr("url")
	if _, err := web.Check(put); err != nil {
		return "", "", nil, errBadSlot
	}
	if get, _ = fileURL(g.Attr("url")); get == "" {
		return "", "", nil, errBadSlot
	}
	for h := range p.All(nsUpload, "header") {
		if len(headers) < 8 && len(h.Text) <= 8<<10 {
			headers = append(headers, web.Header{Name: h.Attr("name"), Value: h.Text})
		}
	}
	return put, get, headers, nil
}

// slotProblem words why there is no place for a file (XEP-0363 §5).
func slotProblem(f store.File, err error) Problem {
	var e *wire.StanzaError
	if errors.As(err, &e) {
		if x := e.El.Child(nsUpload, "file-too-large"); x != nil {
			n, _ := strconv.ParseInt(strings.TrimSpace(x.ChildText(nsUpload, "max-file-size")), 10, 64)
			return Problem{Code: "upload-large", Args: []string{f.Name, sizeArg(f.Size), sizeArg(n)}}
		}
		if e.El.Child(nsUpload, "retry") != nil {
			return Problem{Code: "upload-later", Text: e.Text}
		}
	}
	return stanzaProblem("upload-refused", err, f.Name)
}

// move moves a file beside the loop.
func (l *loop) move(j *upload, to, get string, headers []web.Header) {
	ctx, stop := context.WithCancel(l.ctx)
	j.stop = stop
	l.emit(j.event(l, Transfer{}))
	file := j.file
	tell := l.progress(j.event(l, Transfer{}))
	client := l.web()
	l.dials.Go(func() {
		defer l.c.guard()
		defer stop()
		sum := ""
		f, p := openFile(file)
		if p == nil {
			var err error
			sum, err = client.Put(ctx, web.Upload{URL: to, Headers: headers, Type: file.Type, Size: file.Size, Body: f, Moved: func(n int64) { tell(n, file.Size) }})
			_ = f.Close()
			if err != nil {
				p = webProblem(err, to, file)
			}
		}
		if l.ctx.Err() != nil {
			return // the next start says so
		}
		l.soon(func(l *loop) {
			if l.uploads.jobs[j.message] != j {
				return
			}
			j.stop = nil
			if p != nil {
				l.uploadFailed(j, *p)
				return
			}
			j.file.URL, j.file.SHA256 = get, sum
			l.uploaded(j)
		})
	})
}

// progress tells screens how far a file is, a few times a second.
func (l *loop) progress(e Transfer) func(done, total int64) {
	var last time.Time
	return func(done, total int64) {
		if now := time.Now(); now.Sub(last) >= progressEvery {
			last, e.Done, e.Total = now, done, total
			l.c.publish(e)
		}
	}
}

const progressEvery = 200 * time.Millisecond

// uploaded puts the line of a file that is uploaded into the outbox.
func (l *loop) uploaded(j *upload) {
	c, ok := l.chat(j.chat)
	if !ok || !l.saving {
		return // the disk comes back, or the program ends
	}
	f := j.file
	copied := ""
	if f.Copy {
		copied = f.Path
	}
	f.Path, f.Copy, f.Problem, f.Args = "", false, "", nil
	d, ok := l.fileLine(c, j.localID, f)
	if !ok {
		l.uploadFailed(j, Problem{Code: "occupant-gone"})
		return
	}
	var out store.OutboxID
	if !l.write(func(tx *store.Tx) (err error) {
		out, err = tx.Prepared(j.message, d)
		l.chatMoved(j.chat, tx)
		return err
	}) {
		return
	}
	l.endUpload(j)
	l.outboxAdd(out, j.chat, j.message, d.Bytes)
	if copied != "" {
		_ = os.Remove(copied)
	}
}

// uploadFailed keeps the line as one that was not sent, and says why.
func (l *loop) uploadFailed(j *upload, p Problem) {
	if !l.saving { // the disk comes back
		if j.stop != nil {
			j.stop()
		}
		j.asks, j.stop, j.why = false, nil, &p
		return
	}
	f := j.file
	f.URL, f.Problem, f.Args = "", p.Code, p.Args
	if words := strings.TrimSpace(p.Text); words != "" {
		f.Args = append(append([]string{}, p.Args...), clip(words, 300))
	}
	l.write(func(tx *store.Tx) error {
		l.chatMoved(j.chat, tx)
		return tx.Unprepared(j.message, f)
	})
	l.endUpload(j)
}

// endUpload forgets a file on its way, and lets the next one go.
func (l *loop) endUpload(j *upload) {
	if j.stop != nil {
		j.stop()
	}
	delete(l.uploads.jobs, j.message)
	l.emit(j.event(l, Transfer{Over: true}))
	l.goOnUploads()
}
