//go:build linux

package bench

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"sotto/internal/pty"
	"sotto/internal/realserver"
	"sotto/store"
)

const (
	pageUp   = "\x1b[5~"
	roster   = "\x1bOR"    // F3
	people   = "\x1bOS"    // F4
	nextChat = "\x0e"      // Ctrl-N
	toEnd    = "\x1b[1;5F" // Ctrl-End
)

// still is how long nothing must be written for something to count as drawn.
const still = 150 * time.Millisecond

// BenchmarkBytes counts what goes to a terminal of 120x40 for what people do:
// online, in a chat that is fuller than the screen.
func BenchmarkBytes(b *testing.B) {
	s := realserver.Prosody(b)
	plant(b, s, 20)
	p := newProfile(b, s, twoChats)
	bob, carol := newBlaster(b, s, "bob"), newBlaster(b, s, "carol")
	c := p.start(b)
	c.Until("the last message", has(lastLine))
	first := c.Bytes()
	online(c)
	c.Quiet(time.Second)
	login := c.Bytes() - first
	for b.Loop() {
		figures := map[string]float64{"B/start": float64(first), "B/login": float64(login)}
		before := c.Bytes()
		<-time.After(5 * time.Second)
		figures["B/idle-5s"] = float64(c.Bytes() - before)
		figures["B/key"] = perKey(c)
		carol.one(b, 0)
		c.Quiet(still) // carol's chat is in the list now
		figures["B/message-other-chat"], _ = perMessage(b, c, carol, false)
		figures["B/message"], figures["x-text/message"] = perMessage(b, c, bob, true)
		figures["B/page-up"], figures["x-text/page-up"] = perFrame(c, pageUp, 4)
		c.Type(toEnd)
		c.Quiet(still)
		figures["B/chat-switch"], figures["x-text/chat-switch"] = perFrame(c, nextChat, 4)
		c.Type("\x1b1") // Alt-1: bob's, who wrote last
		c.Quiet(still)
		c.Type(roster + people)
		c.Quiet(still)
		figures["B/message-slim"], figures["x-text/message-slim"] = perMessage(b, c, bob, true)
		c.Type(roster + people)
		c.Quiet(still)
		report(b, figures)
	}
	leave(b, c)
}

// twoChats is a history of 20 contacts, and 300 messages each with one of them and
// with bob.
func twoChats(tx *store.Tx, a store.AccountID) error {
	if err := contacts(tx, a, 20); err != nil {
		return err
	}
	if err := chat(tx, a, contactJID(3), 300); err != nil {
		return err
	}
	return chat(tx, a, bobJID, 300)
}

// perKey types a word a letter at a time and takes it back.
func perKey(c *pty.Terminal) float64 {
	c.Type("a")
	c.Until("the first letter", has("> a"))
	c.Quiet(still)
	before, typed := c.Bytes(), "a"
	for _, r := range "bcdefghijklmnopqrstuvwxyz" {
		typed += string(r)
		c.Type(string(r))
		c.Until(typed, has("> "+typed))
	}
	n := c.Bytes() - before
	c.Type("\x15") // Ctrl-U
	c.Quiet(still)
	return float64(n) / 25
}

// one sends one message.
func (s *blaster) one(b *testing.B, n int) {
	s.blast(b, time.Now().Nanosecond(), 1, sentence(1000+n))
}

// perMessage sends messages a while apart.
func perMessage(b *testing.B, c *pty.Terminal, from *blaster, seen bool) (bytes, ratio float64) {
	c.Quiet(still)
	before, text := c.Bytes(), 0
	const n = 20
	first := int(time.Now().UnixMilli() % 1e6)
	for i := range n {
		was := c.Text()
		from.one(b, first+i)
		if seen {
			c.Until("the message", has(fmt.Sprintf("%d:", 1000+first+i)))
		}
		<-time.After(still)
		c.Quiet(still)
		text += changed(was, c.Text())
	}
	sent := c.Bytes() - before
	return float64(sent) / n, float64(sent) / float64(max(1, text))
}

// perFrame presses a key that changes most of the screen, and gives the bytes
// of each time and how they compare with the text of the screen.
func perFrame(c *pty.Terminal, key string, times int) (bytes, ratio float64) {
	text := 0
	before := c.Bytes()
	for range times {
		was := c.Text()
		c.Type(key)
		c.Until("another view", func(s string) bool { return s != was })
		c.Quiet(still)
		text += changed(was, c.Text())
	}
	n := c.Bytes() - before
	return float64(n) / float64(times), float64(n) / float64(max(1, text))
}

// changed counts the bytes of what differs, pane by pane and line by line: what
// must be sent at least by who knows no half lines.
func changed(was, now string) (n int) {
	old := strings.Split(was, "\n")
	for i, line := range strings.Split(now, "\n") {
		before := strings.Split(old[i], "│")
		for j, part := range strings.Split(line, "│") {
			if j >= len(before) || before[j] != part {
				n += len(strings.TrimSpace(part))
			}
		}
	}
	return n
}

// middle is the part of a line between the panes at the sides.
func middle(line string) string {
	if f := strings.Split(line, "│"); len(f) >= 3 {
		return strings.TrimRight(f[1], " ")
	}
	return line
}

// middleOf is the pane of the chat.
func middleOf(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = middle(line)
	}
	return strings.Join(lines[2:max(2, len(lines)-5)], "\n")
}
