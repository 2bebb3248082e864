package wire

import (
	"context"
	"encoding/xml"
	"io"
	"sync"
	"time"

	"mellium.im/xmpp"
	"mellium.im/xmpp/jid"
	streaminfo "mellium.im/xmpp/stream"
)

// Lend returns a mellium session for helpers that want one (disco, upload,
// version …). It is a stream of its own which exists in memory only: the IQs a
// helper writes into it go out through this link, and into it comes nothing but
// the bytes of their answers, matched by id and sender like any other answer.
// Mellium sees no socket, no other stanza, and no way to end the connection.
//
// It ends with ctx, with the link, or when the returned function is called,
// whichever comes first; a helper that still waits then gets an error answer,
// remote-server-timeout, because mellium itself wakes nobody. An iterator which a
// helper returns must be closed before. Not for the goroutine that calls Take.
func (l *Link) Lend(ctx context.Context) (*xmpp.Session, func(), error) {
	me, err := jid.Parse(l.me.String())
	if err != nil {
		return nil, nil, err
	}
	select {
	case <-l.ctx.Done():
		return nil, nil, l.gone()
	default:
	}
	ctx, cancel := context.WithCancel(ctx)
	v := &loan{link: l, waiting: make(map[*pending]*Element)}
	v.feed.cond.L = &v.feed.mu
	v.fromHelper, v.toLink = io.Pipe()
	v.feed.push(l.header())

	session, err := xmpp.NewSession(ctx, me.Domain(), me, v, 0, ready)
	if err != nil {
		cancel()
		v.fromHelper.Close()
		return nil, nil, err
	}
	over := make(chan struct{})
	go v.keep(ctx, cancel, session, over)
	return session, func() {
		cancel()
		// An iterator left open keeps mellium's goroutine; it must not keep ours.
		t := time.NewTimer(partLimit)
		defer t.Stop()
		select {
		case <-over:
		case <-t.C:
		}
	}, nil
}

// header declares what the real stream declared, so that the bytes of an answer
// mean the same here.
func (l *Link) header() []byte {
	b := []byte("<stream:stream xmlns='" + NSClient + "' xmlns:stream='" + NSStream + "'")
	for _, d := range l.bound {
		if d.prefix == "" || d.prefix == "stream" || d.depth != 0 {
			continue
		}
		b = append(b, " xmlns:"+d.prefix+"='"...)
		b = append(appendEscaped(b, d.space, true), '\'')
	}
	return append(b, '>')
}

// ready is the negotiator: everything has been negotiated long ago, only the
// stream header has to be read out of mellium's decoder.
func ready(_ context.Context, in, out *streaminfo.Info, s *xmpp.Session, _ any) (xmpp.SessionState, io.ReadWriter, any, error) {
	r := s.TokenReader()
	defer r.Close()
	if _, err := r.Token(); err != nil {
		return 0, nil, nil, err
	}
	for _, i := range []*streaminfo.Info{in, out} {
		i.XMLNS = NSClient
		i.Name = xml.Name{Space: NSStream, Local: "stream"}
		i.Version = streaminfo.Version{Major: 1}
	}
	return xmpp.Secure | xmpp.Authn | xmpp.Ready, nil, nil, nil
}

// loan is the other side of a lent session. As an io.ReadWriter it is what
// mellium takes for a connection; without deadlines, which mellium would set for
// the wrong write.
type loan struct {
	link       *Link
	feed       feed // to mellium
	fromHelper *io.PipeReader
	toLink     *io.PipeWriter

	mu      sync.Mutex
	waiting map[*pending]*Element // questions under way
}

func (v *loan) Read(p []byte) (int, error)  { return v.feed.Read(p) }
func (v *loan) Write(p []byte) (int, error) { return v.toLink.Write(p) }

// keep owns the goroutines of a loan and ends them.
func (v *loan) keep(ctx context.Context, cancel func(), session *xmpp.Session, over chan<- struct{}) {
	var pump, serve sync.WaitGroup
	pump.Go(v.pump)
	serve.Go(func() {
		defer cancel() // without Serve no answer reaches a helper
		_ = session.Serve(nil)
	})
	select {
	case <-ctx.Done():
	case <-v.link.ctx.Done():
	}
	// First no more questions, then an answer to those that have none, then the
	// end of the stream behind these answers.
	v.fromHelper.Close()
	pump.Wait()
	v.mu.Lock()
	left := v.waiting
	v.waiting = nil
	v.mu.Unlock()
	for p, iq := range left {
		v.link.mu.Lock()
		v.link.questions.abandon(p)
		v.link.mu.Unlock()
		v.feed.push(noAnswer(iq))
	}
	v.feed.push([]byte("</stream:stream>"))
	v.feed.close()
	serve.Wait()
	close(over)
}

// pump takes what the helper writes.
func (v *loan) pump() {
	dec := newDecoder(v.fromHelper, maxStanza)
	for {
		el, err := dec.next()
		if err != nil {
			v.fromHelper.CloseWithError(err)
			return
		}
		p, err := newPending(el, v.link.me)
		if err != nil {
			continue // only questions go out
		}
		p.answer = func(answer *Element) {
			v.mu.Lock()
			delete(v.waiting, p)
			v.mu.Unlock()
			v.feed.push(answer.Raw())
		}
		v.mu.Lock()
		v.waiting[p] = el
		v.mu.Unlock()
		if _, err := v.link.enqueue(el.Bytes(), true, p); err != nil {
			p.answer(v.refusal(el))
		}
	}
}

// refusal answers a question that could not be sent.
func (v *loan) refusal(iq *Element) *Element {
	el, err := ParseElement(noAnswer(iq), NSClient)
	if err != nil {
		return New(NSClient, "iq")
	}
	return el
}

// noAnswer is the answer where there will be none.
func noAnswer(iq *Element) []byte {
	return New(NSClient, "iq").Set("type", "error").Set("id", iq.Attr("id")).Set("from", iq.Attr("to")).Add(
		New(NSClient, "error").Set("type", "wait").Add(New(NSStanzaErr, "remote-server-timeout"))).Bytes()
}

// feed is a stream of bytes whose writer never waits. Answers go through it, one
// per question, each bounded by the decoder.
type feed struct {
	mu     sync.Mutex
	cond   sync.Cond
	buf    []byte
	closed bool
}

func (f *feed) push(b []byte) {
	f.mu.Lock()
	f.buf = append(f.buf, b...)
	f.mu.Unlock()
	f.cond.Signal()
}

func (f *feed) close() {
	f.mu.Lock()
	f.closed = true
	f.mu.Unlock()
	f.cond.Signal()
}

// Read waits for bytes; the end comes behind the last of them.
func (f *feed) Read(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for len(f.buf) == 0 && !f.closed {
		f.cond.Wait()
	}
	if len(f.buf) == 0 {
		return 0, io.EOF
	}
	n := copy(p, f.buf)
	f.buf = f.buf[n:]
	return n, nil
}
