package pty

import (
	"bytes"
	"os"
	"strconv"
	"syscall"
	"time"

	"sotto/ui/screen/vt"
)

// Type sends keys as a terminal does.
func (c *Terminal) Type(keys string) {
	c.t.Helper()
	if _, err := c.dev.WriteString(keys); err != nil {
		c.t.Fatalf("type at %s: %v", c.name, err)
	}
}

// Until waits until the screen is as wanted and says how long after the start
// of the program the output came that made it so.
func (c *Terminal) Until(what string, ok func(text string) bool) time.Duration {
	c.t.Helper()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	for {
		c.mu.Lock()
		text, last := c.model.Text(), c.last
		c.mu.Unlock()
		if ok(text) {
			return last.Sub(c.began)
		}
		select {
		case <-c.news:
		case <-c.done:
			c.mu.Lock()
			text, out := c.model.Text(), c.out
			c.mu.Unlock()
			if ok(text) {
				return last.Sub(c.began)
			}
			c.t.Fatalf("%s ended before there was %s:\n%s\nit ended with %q", c.name, what, text, out)
		case <-limit.C:
			c.t.Fatalf("waited in vain for %s:\n%s", what, text)
		}
	}
}

// Quiet waits until nothing was written for so long.
func (c *Terminal) Quiet(d time.Duration) {
	c.t.Helper()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	for {
		c.mu.Lock()
		rest := d - time.Since(c.last)
		c.mu.Unlock()
		if rest <= 0 {
			return
		}
		select {
		case <-time.After(rest):
		case <-limit.C:
			c.t.Fatalf("%s does not stop writing:\n%s", c.name, c.Text())
		}
	}
}

// Text is the screen as lines, without spaces at their ends.
func (c *Terminal) Text() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.model.Text()
}

// Bytes counts all that was written to the terminal.
func (c *Terminal) Bytes() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.bytes
}

// Unknown lists the sequences that the model does not know.
func (c *Terminal) Unknown() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]string(nil), c.model.Unknown...)
}

// Given says whether the terminal is as a shell expects it: its own screen, and
// a cursor that is seen.
func (c *Terminal) Given() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.model.Alt && c.model.Visible
}

// Resize changes the size of the terminal and tells the program.
func (c *Terminal) Resize(w, h int) {
	c.t.Helper()
	c.mu.Lock()
	c.model.Resize(w, h)
	c.mu.Unlock()
	if err := resize(c.dev, w, h); err != nil {
		c.t.Fatalf("resize: %v", err)
	}
}

// PID is the number of the program's process.
func (c *Terminal) PID() int { return c.cmd.Process.Pid }

// Signal sends a signal to the program.
func (c *Terminal) Signal(s syscall.Signal) {
	c.t.Helper()
	if err := c.cmd.Process.Signal(s); err != nil {
		c.t.Fatalf("signal %s: %v", c.name, err)
	}
}

// Wait waits for the end of the program and gives its exit code; -1 when a
// signal ended it.
func (c *Terminal) Wait() int {
	c.t.Helper()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	select {
	case <-c.done:
	case <-limit.C:
		c.t.Fatalf("%s does not end:\n%s", c.name, c.Text())
	}
	return c.cmd.ProcessState.ExitCode()
}

// Look shows the model of the terminal, which must not be kept; what is written
// to it is on the screen without the program's knowledge.
func (c *Terminal) Look(at func(*vt.Terminal)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	at(c.model)
}

// Stopped waits until the program was stopped, as by Ctrl-Z.
func (c *Terminal) Stopped() {
	c.t.Helper()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	for {
		b, err := os.ReadFile("/proc/" + strconv.Itoa(c.PID()) + "/stat")
		_, state, _ := bytes.Cut(b, []byte(") "))
		if err == nil && bytes.HasPrefix(state, []byte("T")) {
			return
		}
		select {
		case <-look.C:
		case <-limit.C:
			c.t.Fatalf("%s does not stop:\n%s", c.name, c.Text())
		}
	}
}
