//go:build linux

package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sotto/internal/realserver"
	"sotto/store"
)

const (
	floodCount = 5000
	floodRuns  = 3
	friendJID  = "friend@" + crowdDomain  // whose chat is open
	malloryJID = "mallory@" + crowdDomain // a contact who means harm
	targetID   = "a-message-to-react-to"
)

// floods are what is sent 5,000 times; i numbers the stanzas of a run. Requests to
// see presence are left out: Prosody takes minutes for them.
var floods = []struct {
	name string
	make func(run, i int) string
}{
	{"messages of a contact", func(run, i int) string {
		return fmt.Sprintf("<message from='%s/x' to='%s' type='chat' id='f%d-%d'><body>%s</body></message>", malloryJID, aliceJID, run, i, sentence(i))
	}},
	{"messages of strangers", func(run, i int) string {
		return fmt.Sprintf("<message from='%s/x' to='%s' type='chat' id='f%d-%d'><body>%s</body></message>", strangerJID(run, i), aliceJID, run, i, sentence(i))
	}},
	{"presences of a contact", func(_, i int) string {
		return fmt.Sprintf("<presence from='%s/x' to='%s'><show>%s</show><status>%s</status></presence>", malloryJID, aliceJID, []string{"away", "dnd", "xa", "chat"}[i%4], sentence(i))
	}},
	{"resources of a contact", func(_, i int) string {
		return fmt.Sprintf("<presence from='%s/r%d' to='%s'><status>%s</status><c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='https://example.org' ver='v%d'/></presence>", malloryJID, i, aliceJID, sentence(i), i)
	}},
	{"presences of strangers", func(run, i int) string {
		return fmt.Sprintf("<presence from='%s/x' to='%s'><status>%s</status></presence>", strangerJID(run, i), aliceJID, sentence(i))
	}},
	{"reactions", func(run, i int) string {
		return fmt.Sprintf("<message from='%s/x' to='%s' type='chat' id='f%d-%d'><reactions xmlns='urn:xmpp:reactions:0' id='%s'><reaction>%s</reaction></reactions><store xmlns='urn:xmpp:hints'/></message>",
			malloryJID, aliceJID, run, i, targetID, []string{"👍", "👎", "🎉", "❤"}[i%4])
	}},
	{"reactions to nothing", func(run, i int) string {
		return fmt.Sprintf("<message from='%s/x' to='%s' type='chat' id='f%d-%d'><reactions xmlns='urn:xmpp:reactions:0' id='none-%d-%d'><reaction>👍</reaction></reactions></message>", malloryJID, aliceJID, run, i, run, i)
	}},
	{"corrections", func(run, i int) string {
		return fmt.Sprintf("<message from='%s/x' to='%s' type='chat' id='f%d-%d'><body>%s</body><replace xmlns='urn:xmpp:message-correct:0' id='%s'/></message>", malloryJID, aliceJID, run, i, sentence(i), targetID)
	}},
	{"typing", func(_, i int) string {
		return fmt.Sprintf("<message from='%s/x' to='%s' type='chat'><%s xmlns='http://jabber.org/protocol/chatstates'/></message>", malloryJID, aliceJID, []string{"composing", "paused"}[i%2])
	}},
	{"invitations of a contact", func(run, i int) string {
		return fmt.Sprintf("<message from='%s/x' to='%s' id='f%d-%d'><x xmlns='jabber:x:conference' jid='r%d-%d@%s' reason='%s'/></message>", malloryJID, aliceJID, run, i, run, i, crowdDomain, sentence(i))
	}},
	{"invitations of strangers", func(run, i int) string {
		return fmt.Sprintf("<message from='%s/x' to='%s' id='f%d-%d'><x xmlns='jabber:x:conference' jid='r%d-%d@%s' reason='%s'/></message>", strangerJID(run, i), aliceJID, run, i, run, i, crowdDomain, sentence(i))
	}},
	{"joins", nil},
	{"comings and goings", nil},
}

func strangerJID(run, i int) string { return fmt.Sprintf("s%d-%d@%s", run, i, crowdDomain) }

// befriend puts two people of the crowd into alice's roster, in the server's files.
func befriend(b *testing.B) func(*realserver.Server) {
	return func(s *realserver.Server) {
		plant(b, s, 0)
		s.Stop()
		path := filepath.Join(filepath.Dir(s.CAFile), strings.ReplaceAll(realserver.Domain, ".", "%2e"), "roster", "alice.dat")
		text, err := os.ReadFile(path)
		if err != nil {
			b.Fatal(err)
		}
		more := ""
		for _, jid := range []string{friendJID, malloryJID} {
			more += fmt.Sprintf("\t[%q] = { subscription = \"both\"; groups = { [\"Friends\"] = true; }; };\n", jid)
		}
		if err := os.WriteFile(path, []byte(strings.TrimSuffix(string(text), "};\n")+more+"};\n"), 0o600); err != nil {
			b.Fatal(err)
		}
		s.Start(b)
	}
}

// harassed is a history with the friend, whose chat is the last, and with mallory.
func harassed(tx *store.Tx, a store.AccountID) error {
	for _, jid := range []string{friendJID, malloryJID} {
		if err := tx.PutContact(store.Contact{Account: a, JID: jid, Subscription: "both", Groups: []string{"Friends"}}); err != nil {
			return err
		}
	}
	m, err := tx.EnsureChat(store.ChatKey{Account: a, JID: malloryJID})
	if err != nil {
		return err
	}
	if _, _, err := tx.Arrive(store.Arrival{Chat: m, Sender: malloryJID, Body: "react to this", ID: targetID}); err != nil {
		return err
	}
	return chat(tx, a, friendJID, 50)
}

// BenchmarkFlood sends 5,000 of one kind and then a genuine message, all in one go,
// to a client that only counts and to sotto: how much later the message is on the
// screen than at that client, the processor for all of it and the memory.
func BenchmarkFlood(b *testing.B) {
	for _, f := range floods {
		b.Run(strings.ReplaceAll(f.name, " ", "-"), func(b *testing.B) {
			s, crowd := newCrowdOn(b, befriend(b))
			run := 0
			say := func(genuine string) time.Time {
				run++
				var all strings.Builder
				room, me := roomOf(5), crowd.entered()
				for i := range floodCount {
					switch {
					case f.make != nil:
						all.WriteString(f.make(run, i))
					case f.name == "joins":
						all.WriteString(presenceOf(room, fmt.Sprintf("n%d-%d", run, i), me, "", ""))
					default:
						kind := strings.Replace(presenceOf(room, fmt.Sprintf("n%d-%d", run, i/2), me, "", ""), "<presence ", []string{"<presence ", "<presence type='unavailable' "}[i%2], 1)
						all.WriteString(kind)
					}
				}
				if f.make == nil {
					fmt.Fprintf(&all, "<message from='%s/%s' to='%s' type='groupchat' id='g%d'><body>%s</body></message>", room, personOf(1), me, run, genuine)
				} else {
					fmt.Fprintf(&all, "<message from='%s/x' to='%s' type='chat' id='g%d'><body>%s</body></message>", friendJID, aliceJID, run, genuine)
				}
				began := time.Now()
				crowd.say(all.String())
				return began
			}
			var limit, ours, cpu, grown []float64
			for b.Loop() {
				for range floodRuns {
					x := newNull(b, s)
					x.available(b)
					if f.make == nil {
						x.enter(b, 5)
					}
					began := say("genuine")
					x.untilBody(b, "genuine")
					limit = append(limit, time.Since(began).Seconds())
					x.close()

					p := newProfile(b, s, harassed)
					c := p.start(b)
					online(c)
					c.Quiet(time.Second)
					if f.make == nil {
						enter(c, 5)
						c.Quiet(time.Second)
					}
					before := use(b, c.PID())
					genuine := fmt.Sprintf("genuine words %d", run)
					at := say(genuine)
					c.Until("the genuine message", has(genuine))
					ours = append(ours, time.Since(at).Seconds())
					_, after := settle(b, c.PID(), c.Bytes)
					cpu = append(cpu, (after.cpu - before.cpu).Seconds())
					grown = append(grown, after.rss-before.rss)
					if f.make == nil {
						forget(c)
					}
					leave(b, c)
				}
			}
			behind := make([]float64, len(ours))
			for i := range ours {
				behind[i] = ours[i] - limit[i]
			}
			report(b, map[string]float64{"s": median(ours), "s-null": median(limit), "s-behind": median(behind), "cpu-s": median(cpu), "MB-grown": median(grown)})
		})
	}
}

// untilBody takes stanzas until a message has this text.
func (n *null) untilBody(b *testing.B, body string) {
	b.Helper()
	limit := time.After(2 * time.Minute)
	for {
		select {
		case <-n.link.Ready():
		case <-n.link.Done():
			b.Fatalf("the link ended: %v", n.link.Err())
		case <-limit:
			b.Fatal("the genuine message did not come")
		}
		for list := n.link.Take(500); len(list) > 0; list = n.link.Take(500) {
			n.link.Commit(list[len(list)-1].Seq)
			for _, s := range list {
				if s.Local == "message" && s.ChildText("jabber:client", "body") == body {
					return
				}
			}
		}
	}
}
