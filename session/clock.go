package session

import (
	"net"
	"slices"
	"strings"
	"time"
)

const (
	// lookEvery is how often the clock and the network are looked at.
	lookEvery = 5 * time.Second
	// slept is how much longer a look may take than it should before the machine
	// is taken to have slept.
	slept = 10 * time.Second
)

// watchMachine notices what no byte tells: the machine slept, the clock jumped,
// the network is another one. Then every link must prove that it lives, and what
// waits for its next try tries at once.
func (c *Client) watchMachine() {
	defer c.guard()
	t := time.NewTicker(lookEvery)
	defer t.Stop()
	last, nets := wall(c.opt.Now()), networks()
	for {
		select {
		case <-c.ctx.Done():
			return
		case <-t.C:
		}
		now, found := wall(c.opt.Now()), networks()
		if jumped(last, now) || found != nets {
			c.woke()
		}
		last, nets = now, found
		c.weigh()
		c.weighAbsence()
	}
}

// wall takes the monotonic reading away, which stands still while a machine sleeps.
func wall(t time.Time) time.Time { return t.Round(0) }

// jumped says whether between two looks more time passed than should, or less.
func jumped(last, now time.Time) bool {
	d := now.Sub(last)
	return d > lookEvery+slept || d < -slept
}

// networks names the addresses of this machine; "": they cannot be read.
func networks() string {
	list, err := net.InterfaceAddrs()
	if err != nil {
		return ""
	}
	all := make([]string, 0, len(list))
	for _, a := range list {
		if n, ok := a.(*net.IPNet); ok && (n.IP.IsLoopback() || n.IP.IsLinkLocalUnicast()) {
			continue
		}
		all = append(all, a.String())
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

// woke lets every account look at its link at once.
func (c *Client) woke() {
	c.opt.Log.Info("the machine slept or changed its network")
	for _, a := range c.Accounts() {
		a.do(0, (*loop).lookAtLink)
	}
}

// lookAtLink asks the server for a sign of life, or tries again now.
func (l *loop) lookAtLink() {
	l.endTimes()
	switch {
	case l.link != nil:
		l.link.Probe()
	case l.want && l.stop == nil && l.state == Waiting:
		l.tries = 0
		l.dial()
	}
}

// Hurry lets every account that waits for its next try try now, and those that
// stopped after a problem too. Any goroutine.
func (c *Client) Hurry() {
	for _, a := range c.Accounts() {
		a.do(0, func(l *loop) {
			if l.link == nil && l.stop == nil {
				l.connect()
			}
		})
	}
}
