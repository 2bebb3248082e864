package session_test

import (
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"sotto/session"
	"sotto/session/demo"
	"sotto/store"
)

// activity is what a client told its server of its user (XEP-0352), in order;
// where the server was told all anew, "resumed" stands.
type activity struct {
	mu  sync.Mutex
	all []string
}

func (a *activity) console(_ store.AccountID, out bool, xml []byte) {
	word := ""
	switch s := string(xml); {
	case out && strings.HasPrefix(s, "<active xmlns='urn:xmpp:csi:0'"):
		word = "active"
	case out && strings.HasPrefix(s, "<inactive xmlns='urn:xmpp:csi:0'"):
		word = "inactive"
	case !out && strings.HasPrefix(s, "<resumed"):
		word = "resumed"
	default:
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.all = append(a.all, word)
}

func (a *activity) told() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return strings.Join(a.all, " ")
}

// TestClientState: the server is told when nobody looks and when somebody does
// again, once each, and anew after a resumption; one that does not want to know
// is told nothing.
func TestClientState(t *testing.T) {
	away, here, unknown := session.Attention{Known: true}, session.Attention{Known: true, Focused: true}, session.Attention{}
	look := func(at session.Attention) func(*demo.Server, *client) {
		return func(_ *demo.Server, cl *client) { cl.c.Attend(cl.box, at) }
	}
	cut := func(s *demo.Server, cl *client) {
		s.CutAll(demo.CutReset)
		wait(cl, "the loss", func(e session.AccountChanged) bool { return e.Link != session.Online })
		cl.online()
	}
	key := func(_ *demo.Server, cl *client) { cl.c.Touch() }
	still := func(_ *demo.Server, cl *client) { cl.c.Touch(); time.Sleep(3 * time.Minute) }
	for name, test := range map[string]struct {
		faults demo.Faults
		steps  []func(*demo.Server, *client)
		want   string
	}{
		"focus lost":                 {steps: []func(*demo.Server, *client){look(here), look(away)}, want: "inactive"},
		"focus lost twice":           {steps: []func(*demo.Server, *client){look(away), look(away)}, want: "inactive"},
		"focus lost and found":       {steps: []func(*demo.Server, *client){look(away), look(here)}, want: "inactive active"},
		"no keys":                    {steps: []func(*demo.Server, *client){look(unknown), still}, want: "inactive"},
		"a key after none":           {steps: []func(*demo.Server, *client){look(unknown), still, key}, want: "inactive active"},
		"resumed while nobody looks": {steps: []func(*demo.Server, *client){look(away), cut}, want: "inactive resumed inactive"},
		"resumed while looked at":    {steps: []func(*demo.Server, *client){look(here), cut}, want: "resumed"},
		"found while away":           {steps: []func(*demo.Server, *client){look(away), cut, look(here)}, want: "inactive resumed inactive active"},
		"not offered":                {demo.Faults{NoActivity: true}, []func(*demo.Server, *client){look(away), look(here), look(away), cut}, "resumed"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newDemo(t, "alice")
				s.SetFaults(test.faults)
				var told activity
				opt := optionsFor(s, "alice")
				opt.Console = told.console
				cl := run(t, opt, at(s, "alice"))
				defer cl.c.Close()
				cl.online()
				for _, step := range test.steps {
					step(s, cl)
					synctest.Wait()
				}
				if got := told.told(); got != test.want {
					t.Errorf("the server heard %q, want %q", got, test.want)
				}
			})
		})
	}
}
