package session

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"os"
	"slices"
	"sync"
	"time"

	"sotto/session/wire"
	"sotto/store"
)

// Waits between two tries: doubled each time with full jitter. While the loss
// is young the waits stay short, so that a server that restarts is met soon.
const (
	waitYoung = 8 * time.Second
	waitOld   = time.Minute
	young     = 5 * time.Minute
	// steady: a link that lived so long was no failed try.
	steady = 10 * time.Second
	// goodbyeTime is how long leaving may take.
	goodbyeTime = 1500 * time.Millisecond
)

// connection is the part of the loop that brings the account online and keeps
// it there.
type connection struct {
	want    bool // the user wants it online
	state   LinkState
	problem *Problem
	retryAt time.Time
	tries   int
	lostAt  time.Time
	timer   *time.Timer
	stop    context.CancelFunc // of the dial that runs; nil: none
	parted  chan struct{}      // closed when the link that the user left has ended; nil: none
	dials   sync.WaitGroup     // dials, goodbyes and questions: what runs beside the loop
	try     int                // numbers the dials, so that a stale result is known

	link       *wire.Link
	login      *wire.Login
	remains    *wire.Remains // of the link before, while the server may take its session up again
	brokeAt    time.Time     // when the last link ended
	changed    bool          // our presence changed while there was no link
	onlineAt   time.Time
	readyAt    time.Time // when the last fresh login was done: who is there tells after it
	toldActive bool      // what the server knows of the user (XEP-0352)
	synced     bool      // the session is set up: roster, presence, outbox, rooms
	life       int       // numbers the sessions
	late       lateLogin

	password    string      // as typed or found; in memory only
	keepTo      store.Place // where it is to be kept once the server took it; Unsaid: nothing changes
	keptIn      store.Place // where it is, as far as is known
	badSecret   bool        // the stored password was refused: ask
	awaitsVault bool        // the password is in the vault, which is locked
	deleting    bool        // the server was asked to remove the account
	deleted     bool        // and did
	pin         string
	prompt      *Prompt
	promptID    uint64
	floor       string // the strongest mechanism of all logins: a weaker one is asked about
	lastCert    string // SHA-256 of the certificate of the last login, over restarts
	detour      *wire.Detour
	software    string // of our server, once it told
	askedFor    int    // the session (life) in which it was asked, plus one
}

func (l *loop) connect() {
	l.want = true
	if l.link != nil || l.stop != nil {
		l.tell(0, "connected", l.a.jid)
		return
	}
	l.tries = 0
	l.late.kicks, l.deleted = 0, false
	l.dial()
}

func (l *loop) disconnect() {
	l.want = false
	l.clearPrompt()
	l.stopTimer()
	if l.stop != nil {
		l.stop()
		l.stop = nil
		l.try++
		l.gaveUp(l.state)
	}
	if l.link != nil {
		l.leaveLink()
	} else {
		l.forgetSession(0)
	}
	l.problem = nil
	l.setState(Offline)
	l.tell(0, "disconnected", l.a.jid)
}

func (l *loop) stopTimer() {
	if l.timer != nil {
		l.timer.Stop()
		l.timer = nil
	}
}

func (l *loop) setState(s LinkState) {
	l.state = s
	l.announceAccount()
}

// announceAccount tells the screens how the account is.
func (l *loop) announceAccount() {
	l.c.publish(AccountChanged{seal: localOrigin().seal(), AccountInfo: l.info()})
}

func (l *loop) info() AccountInfo {
	i := AccountInfo{ID: l.a.id, JID: l.a.jid, Link: l.state, Problem: l.problem, Presence: l.presence, Until: l.until, After: l.before, Kept: l.keptIn, CanHide: l.canHide, Absent: l.absentNow(), Roster: len(l.contacts)}
	if l.state == Waiting {
		i.RetryAt = l.retryAt
	}
	if l.login != nil {
		i.Resource, i.Mechanism, i.Binding = l.login.JID.Resource(), l.login.Mechanism, l.login.Binding
		if v := l.login.TLS.Version; v != 0 {
			i.TLS, i.Secure = tls.VersionName(v), true
		}
	}
	return i
}

// dial begins one try. Its goroutine ends with the try.
func (l *loop) dial() {
	l.stopTimer()
	ctx, cancel := context.WithCancel(l.ctx)
	l.stop = cancel
	l.try++
	try := l.try
	cfg, problem := l.wireConfig()
	if problem != nil {
		cancel()
		l.stop = nil
		l.give(problem)
		return
	}
	cfg.Resume, cfg.Detour = l.remains, l.detour
	l.detour = nil // when it leads nowhere, the usual way is next
	cfg.Progress = func(s wire.State, host string) {
		l.soon(func(l *loop) {
			if l.try == try && l.stop != nil {
				l.state = Resolving + LinkState(s)
				l.announceAccount()
			}
		})
	}
	password, asked, parted := l.password, l.badSecret, l.parted
	account, secrets, found := l.secretOf(), l.c.opt.Secrets, store.Unsaid
	l.awaitsVault = false
	l.setState(Resolving)
	l.dials.Go(func() {
		defer l.c.guard()
		defer cancel()
		// The password comes first: a server does not wait while somebody types.
		if password == "" {
			var err error
			if asked {
				err = store.ErrNoSecret
			} else {
				password, found, err = secrets.Password(ctx, account)
			}
			if err != nil {
				l.soon(func(l *loop) { l.needPassword(try, err) })
				return
			}
		}
		if parted != nil {
			// What the old link still says must be said before we look what the
			// server has.
			<-parted
		}
		cfg.Password = func(context.Context) (string, error) { return password, nil }
		link, login, err := wire.Connect(ctx, cfg)
		if !l.soon(func(l *loop) { l.dialled(try, link, login, err, password, found) }) && link != nil {
			closeLink(link)
		}
	})
}

// wireConfig is what the configuration says about the way to the server.
func (l *loop) wireConfig() (wire.Config, *Problem) {
	cfg, p := l.c.way(l.cfg)
	if p != nil {
		return cfg, p
	}
	cfg.JID, cfg.Resource, cfg.ClientID, cfg.Floor = l.a.jid, l.resource(), l.row.ClientID, l.floor
	if l.cfg.AllowPlain {
		cfg.Floor = "" // who lets PLAIN pass lets all pass
	}
	if l.pin != "" {
		cfg.CertSHA256 = l.pin
	}
	if console := l.c.opt.Console; console != nil {
		id := l.a.id
		cfg.Console = func(out bool, xml []byte) { console(id, out, xml) }
	}
	return cfg, nil
}

// way is how the server of an account is reached.
func (c *Client) way(account store.AccountConfig) (wire.Config, *Problem) {
	o := c.opt
	cfg := wire.Config{Host: account.Host, Port: account.Port, CertSHA256: account.CertSHA256, Dial: o.Dial, Resolver: o.Resolver, RootCAs: o.RootCAs}
	switch account.TLS {
	case "starttls":
		cfg.TLS = wire.StartTLS
	case "direct":
		cfg.TLS = wire.Direct
	}
	if account.CAFile != "" {
		pem, err := os.ReadFile(account.CAFile)
		if err != nil {
			return cfg, &Problem{Code: "ca-file", Args: []string{account.CAFile}, Ask: true}
		}
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM(pem) {
			return cfg, &Problem{Code: "ca-file", Args: []string{account.CAFile}, Ask: true}
		}
		cfg.RootCAs = pool
	}
	return cfg, nil
}

// resource is the one that we ask the server for.
func (l *loop) resource() string {
	if l.cfg.Resource != "" {
		return l.cfg.Resource
	}
	return "sotto." + l.row.ClientID[:6]
}

// dialled takes the result of a try.
func (l *loop) dialled(try int, link *wire.Link, login *wire.Login, err error, password string, found store.Place) {
	if try != l.try || l.stop == nil {
		if link != nil {
			l.dials.Go(func() { closeLink(link) })
		}
		return
	}
	l.stop = nil
	if found != store.Unsaid {
		l.keptIn = found
	}
	if err != nil {
		if !unheard(err) {
			// The server said no to what we wanted, which may be the old session.
			l.forgetSession(0)
		}
		p := problemOf(err)
		switch p.Code {
		case "auth-failed", "auth-credentials-expired", "bad-password-text": // the rest is not the password's fault
			l.password, l.badSecret = "", true
		}
		if l.kickedByOwn(err, l.resource()) {
			p = &Problem{Code: "link-lost"}
		}
		if unheard(err) {
			l.gaveUp(l.state)
		}
		l.give(p)
		if p := certificateOf(err, cmp.Or(l.pin, l.cfg.CertSHA256), l.lastCert); p != nil && l.want {
			l.askUser(Prompt{Kind: AskCertificate, Problem: l.problem, Certificate: p})
		} else if l.problem.Code == "downgrade" && l.want {
			l.askUser(Prompt{Kind: AskWeaker, Problem: l.problem, Mechanism: l.problem.Args[0], Floor: l.floor})
		} else if l.badSecret && l.want {
			l.askUser(Prompt{Kind: AskPassword, Problem: l.problem})
		}
		return
	}
	l.password, l.badSecret = password, false
	if l.c.opt.Secrets.Vault.Shut() {
		l.password = "" // none is in memory while the screen is locked
	}
	l.keepPassword(password, l.keepTo)
	l.keepTo = store.Unsaid
	l.problem, l.link, l.login, l.onlineAt = nil, link, login, l.c.opt.Now()
	l.toldActive = true
	l.raiseFloor(login.Mechanism)
	l.noteCertificate(login)
	l.clearPrompt()
	if login.Resumed {
		l.remains = nil
		l.resumed()
		return
	}
	l.forgetSession(login.LostAcked)
	l.setState(Syncing)
	l.loggedIn()
}

// unheard says that a try ended on the way to the server, so that it knows
// nothing of it.
func unheard(err error) bool {
	switch wire.KindOf(err) {
	case wire.Resolve, wire.Refused, wire.Unreachable, wire.Timeout, wire.TLS, wire.Closed, wire.Canceled, wire.Other:
		return true
	}
	return false
}

func closeLink(link *wire.Link) {
	ctx, cancel := context.WithTimeout(context.Background(), goodbyeTime)
	defer cancel()
	_ = link.Close(ctx)
}

// give ends a try or a link that failed: it waits and tries again, or stops and
// asks, never fighting another client or a server that said no.
func (l *loop) give(p *Problem) {
	l.problem = p
	if !l.want || p.Ask {
		l.setState(Offline)
		return
	}
	now := l.c.opt.Now()
	if l.tries == 0 {
		l.lostAt = now
	}
	wait := l.backoff(now, p)
	l.tries++
	l.retryAt = now.Add(wait)
	l.timer = l.after(wait, func(l *loop) {
		if l.want && l.link == nil && l.stop == nil {
			l.dial()
		}
	})
	l.setState(Waiting)
}

// patient are the problems with which a server is not met sooner by trying often.
var patient = []string{"see-other-host", "malformed", "too-big", "auth-temporary-auth-failure"}

// backoff is how long to wait: at once, then 1, 2, 4 … seconds with full jitter.
// A server that is there and sends what it should not is in no hurry to change.
func (l *loop) backoff(now time.Time, p *Problem) time.Duration {
	if l.tries == 0 {
		return 0
	}
	limit := waitOld
	if now.Sub(l.lostAt) < young && !slices.Contains(patient, p.Code) {
		limit = waitYoung
	}
	top := time.Second << min(l.tries-1, 10)
	return l.c.opt.Jitter(min(top, limit)) + 1
}

// linkEnded follows the end of the link.
func (l *loop) linkEnded() {
	err := l.link.Err()
	lived := l.c.opt.Now().Sub(l.onlineAt)
	if lived > lateTime {
		l.late.kicks = 0
	}
	if lived > steady {
		l.tries = 0
	} else if l.tries == 0 {
		l.tries, l.lostAt = 1, l.c.opt.Now()
	}
	l.remains, l.brokeAt = l.link.Remains(), l.c.opt.Now()
	l.sentOn(err)
	own := l.kickedByOwn(err, l.login.JID.Resource())
	if l.deletedAtOnce(err) {
		l.accountDeleted()
	}
	if l.deleted {
		l.forgetLink()
		l.setState(Offline)
		return
	}
	l.link, l.held = nil, nil // what was not acknowledged comes again
	if l.remains == nil {
		l.forgetLink()
	}
	p := problemOf(err)
	if p == nil || own {
		p = &Problem{Code: "link-lost"}
	}
	l.give(p)
}

// forgetSession gives up a session that cannot be resumed: acked is how far the
// server had what we sent.
func (l *loop) forgetSession(acked uint64) {
	if l.remains == nil {
		return
	}
	acked = max(acked, l.remains.Acked())
	l.remains = nil
	l.keep(func(tx *store.Tx) error {
		return l.settle(tx, func(r outRow) bool { return r.seq != 0 && r.seq <= acked })
	})
	link, login := l.link, l.login
	l.forgetLink()
	l.link, l.login = link, login
}

// forgetLink clears all that lived on the link: what others see of us and what
// we saw of them is not known any more.
func (l *loop) forgetLink() {
	l.link, l.login, l.held, l.remains = nil, nil, nil, nil // what was not acknowledged comes again
	l.life++
	clear(l.queries)
	clear(l.tops)
	clear(l.heard)
	clear(l.unsortedFrom)
	clear(l.older)
	l.stalled, l.page = nil, 0
	clear(l.looking)
	clear(l.lookLater)
	open := l.answers
	l.answers = map[uint64]answer{}
	if len(open) > 0 {
		l.keep(func(tx *store.Tx) error {
			for _, fn := range open {
				_ = tx.Try(func(tx *store.Tx) error { return fn(tx, nil, errLinkLost) })
			}
			return nil
		})
	}
	l.outboxLost()
	l.roomsLost()
	l.presencesLost()
	l.capsLost()
	l.pepLost()
	l.bookmarksLost()
	l.uploadsLost()
	l.shownLost()
}

// leaveLink says goodbye and closes in the background.
func (l *loop) leaveLink() {
	l.sendNow(wire.New(wire.NSClient, "presence").Set("type", "unavailable"))
	link := l.link
	l.forgetLink()
	l.parted = make(chan struct{})
	parted := l.parted
	l.dials.Go(func() {
		defer close(parted)
		closeLink(link)
	})
}

// goodbye ends the loop: the last chance of what was typed to leave.
func (l *loop) goodbye() {
	l.stopTimer()
	if !l.bringBack() { // the last chance of what is in memory only
		l.giveUp()
	}
	if l.stop != nil {
		l.stop()
		l.stop = nil
	}
	l.dials.Wait()
	for len(l.in) > 0 {
		(<-l.in)(l) // a login that came too late is closed
	}
	if l.link == nil {
		return
	}
	l.sendNow(wire.New(wire.NSClient, "presence").Set("type", "unavailable"))
	ctx, cancel := context.WithTimeout(context.Background(), goodbyeTime)
	defer cancel()
	_ = l.link.Close(ctx)
	l.ctx, l.state = ctx, Offline // what still waits goes the next time
	l.outboxMoved()
	l.link = nil
}
