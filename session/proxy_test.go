package session_test

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"sotto/internal/faultproxy"
	"sotto/internal/realserver"
	"sotto/session"
	"sotto/store"
)

// proxied is a whole client of a real server whose connections go through a proxy
// of its own, which breaks them.
type proxied struct {
	*client
	proxy *faultproxy.Proxy
	log   *linkLog
	views map[store.ChatID]*view
}

// newProxy starts a proxy in front of a server.
func newProxy(t *testing.T, s *realserver.Server) *faultproxy.Proxy {
	t.Helper()
	proxy, err := faultproxy.New(net.JoinHostPort("127.0.0.1", strconv.Itoa(s.Direct)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(proxy.Close)
	return proxy
}

// behind starts a client behind a proxy and waits until it is online.
func behind(t *testing.T, s *realserver.Server, user, dir string, more ...func(*session.Options)) *proxied {
	t.Helper()
	cl := over(t, s, newProxy(t, s), user, dir, more...)
	cl.online()
	return cl
}

// over starts a client behind a proxy that is there.
func over(t *testing.T, s *realserver.Server, proxy *faultproxy.Proxy, user, dir string, more ...func(*session.Options)) *proxied {
	t.Helper()
	st, err := store.Open(t.Context(), store.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	jid := user + "@" + realserver.Domain
	cfg := store.DefaultConfig()
	cfg.Accounts = []store.AccountConfig{{JID: jid, Host: "127.0.0.1", Port: s.Direct, TLS: "direct", CAFile: s.CAFile}}
	opt := session.Options{Store: st, Config: cfg, Version: "test", Dial: proxy.Dial, Passwords: map[string]string{jid: realserver.Password}}
	for _, fn := range more {
		fn(&opt)
	}
	c := session.New(opt)
	if err := c.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(); _ = st.Close() })
	cl := &proxied{client: &client{t: t, c: c, a: c.Accounts()[0], st: st, box: c.Subscribe()}, proxy: proxy, views: map[store.ChatID]*view{}}
	cl.log = keepLinkLog(t, c)
	return cl
}

// until is [client.until] for what many lines and a storm take.
func (cl *proxied) until(what string, ok func() bool) {
	cl.t.Helper()
	limit := time.NewTimer(5 * patience)
	defer limit.Stop()
	for look := time.NewTicker(200 * time.Millisecond); !ok(); {
		select {
		case <-cl.box.Wake():
			cl.take()
		case <-look.C:
		case <-limit.C:
			cl.t.Fatalf("waited in vain for %s", what)
		}
	}
}

// typed waits until a line is on the disk. false: it was refused, and is the
// composer's again.
func (cl *proxied) typed(id string) bool {
	cl.t.Helper()
	limit := time.NewTimer(5 * patience)
	defer limit.Stop()
	for {
		for _, e := range cl.box.Take() {
			switch e := e.(type) {
			case session.Accepted:
				if e.LocalID == id {
					return true
				}
			case session.Refused:
				cl.t.Errorf("%q was refused: %+v", e.Body, e.Problem)
				if e.LocalID == id {
					return false
				}
			}
		}
		select {
		case <-cl.box.Wake():
		case <-limit.C:
			cl.t.Fatal("waited in vain for a line to be on the disk")
		}
	}
}

// atRest waits until the outbox is empty.
func (cl *proxied) atRest() {
	cl.t.Helper()
	cl.until("the outbox of "+cl.a.JID()+" to be empty", func() bool {
		list, err := cl.st.Outbox(context.Background(), cl.a.ID())
		return err == nil && len(list) == 0
	})
}

// whole says what is known to be missing of a chat, or to differ from the archive.
func (cl *proxied) whole(chat store.ChatID) {
	cl.t.Helper()
	var cov store.Coverage
	defer func() {
		if cl.t.Failed() {
			cl.t.Logf("what %s holds: %+v", cl.a.JID(), cov)
		}
	}()
	cl.until("a chat without gaps", func() (ok bool) {
		var err error
		cov, err = cl.st.Coverage(context.Background(), chat)
		return err == nil && cov.Known && len(cov.Gaps) == 0
	})
	c, err := cl.st.Chat(context.Background(), chat)
	if err != nil {
		cl.t.Fatal(err)
	}
	cl.a.Ledger(chat, c.Kind == store.Direct)
	a := wait(cl.client, "the comparison with the archive", func(e session.Answer) bool { return e.Code == "ledger" || e.Problem != nil })
	if a.Problem != nil || a.Args[0] != "0" || a.Args[1] != "0" || len(a.Facts) > 0 {
		cl.t.Errorf("%s: the archive and the disk differ: %+v", cl.a.JID(), a)
	}
}

// view is a chat as a screen follows it: what changed since the last look.
type view struct {
	rows map[store.MessageID]store.Message
	rev  uint64
}

// follow brings the view of a chat up to date.
func (cl *proxied) follow(chat store.ChatID) *view {
	cl.t.Helper()
	v := cl.views[chat]
	if v == nil {
		v = &view{rows: map[store.MessageID]store.Message{}}
		cl.views[chat] = v
	}
	const most = 500
	for {
		list, rev, err := cl.st.Changed(context.Background(), chat, v.rev, most)
		if err != nil {
			cl.t.Fatal(err)
		}
		for _, m := range list {
			v.rows[m.ID] = m
		}
		if len(list) < most {
			v.rev = rev
			return v
		}
		v.rev = list[len(list)-1].Rev
	}
}

// count counts the lines of one side.
func (v *view) count(prefix string, outgoing bool) (n int) {
	for _, m := range v.rows {
		if m.Kind == store.Text && m.Outgoing == outgoing && strings.HasPrefix(m.Body, prefix) {
			n++
		}
	}
	return n
}

// linkLog writes down how the link of a client did, from a mailbox of its own.
type linkLog struct {
	box  *session.Mailbox
	mu   sync.Mutex
	link session.LinkState
	from time.Time // when it was online last
	away []time.Duration
	all  []string
}

func keepLinkLog(t *testing.T, c *session.Client) *linkLog {
	j := &linkLog{box: c.Subscribe()}
	begin := time.Now()
	end, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			for _, e := range j.box.Take() {
				switch e := e.(type) {
				case session.AccountChanged:
					j.note(e, time.Since(begin))
				case session.ArchiveChanged:
					if e.Problem != nil {
						j.add(fmt.Sprintf("%7.3f archive of %s: %s %v", time.Since(begin).Seconds(), e.Archive, e.Problem.Code, e.Problem.Args))
					}
				}
			}
			select {
			case <-j.box.Wake():
			case <-end:
				return
			}
		}
	}()
	t.Cleanup(func() {
		close(end)
		<-ended
		if t.Failed() {
			t.Logf("the link of %s:\n%s", c.Accounts()[0].JID(), strings.Join(j.all, "\n"))
		}
	})
	return j
}

var linkWords = [...]string{"offline", "resolving", "connecting", "securing", "authenticating", "binding", "syncing", "online", "waiting"}

func (j *linkLog) note(e session.AccountChanged, at time.Duration) {
	j.mu.Lock()
	defer j.mu.Unlock()
	line := fmt.Sprintf("%7.3f %s", at.Seconds(), linkWords[e.Link])
	if e.Link == session.Waiting {
		line += fmt.Sprintf(" for %v", time.Until(e.RetryAt).Round(time.Millisecond))
	}
	if e.Problem != nil {
		line += " because " + e.Problem.Code + " " + e.Problem.Text
	}
	j.all = append(j.all, line)
	switch {
	case j.link == session.Online && e.Link != session.Online:
		j.from = time.Now()
	case j.link != session.Online && e.Link == session.Online && !j.from.IsZero():
		j.away = append(j.away, time.Since(j.from).Round(time.Millisecond))
	}
	j.link = e.Link
}

func (j *linkLog) add(line string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.all = append(j.all, line)
}

// state is how the link is.
func (j *linkLog) state() session.LinkState {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.link
}

// outages are how long the link was away, each time that it came back.
func (j *linkLog) outages() []time.Duration {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.away)
}
