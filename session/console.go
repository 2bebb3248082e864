package session

import (
	"sync"
	"time"

	"sotto/store"
)

const (
	// consoleLines and consoleBytes bound what a console keeps.
	consoleLines = 1000
	consoleBytes = 1 << 20
	// consoleClip is the most that is kept of one element.
	consoleClip = 16 << 10
)

// Console keeps the newest elements that went over the wire, for the user to
// read. What secrets are in them is masked before they come here. All methods
// may be called from any goroutine; the zero value is ready.
type Console struct {
	mu     sync.Mutex
	lines  []ConsoleLine
	bytes  int
	gone   int // lines that were let go
	notify func()
}

// ConsoleLine is one element.
type ConsoleLine struct {
	At      time.Time
	Account store.AccountID
	Out     bool
	XML     string
	Cut     int // bytes that are not shown
}

// Note takes an element; it is Options.Console.
func (c *Console) Note(account store.AccountID, out bool, xml []byte) {
	l := ConsoleLine{At: time.Now(), Account: account, Out: out}
	if n := len(xml) - consoleClip; n > 0 {
		xml, l.Cut = xml[:consoleClip], n
	}
	l.XML = string(xml)
	c.mu.Lock()
	c.lines = append(c.lines, l)
	c.bytes += len(l.XML)
	drop := 0
	for len(c.lines)-drop > consoleLines || c.bytes > consoleBytes {
		c.bytes -= len(c.lines[drop].XML)
		drop++
	}
	if drop > 0 {
		c.gone += drop
		clear(c.lines[:drop])
		c.lines = c.lines[drop:]
	}
	notify := c.notify
	c.mu.Unlock()
	if notify != nil {
		notify()
	}
}

// Lines gives what there is, oldest first, and the number of the first of them,
// counted since the start.
func (c *Console) Lines() (lines []ConsoleLine, first int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]ConsoleLine(nil), c.lines...), c.gone
}

// Count is how many there were since the start.
func (c *Console) Count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.gone + len(c.lines)
}

// Watch sets what is called after each element, on the goroutine of the wire:
// it must be quick. nil ends it.
func (c *Console) Watch(fn func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.notify = fn
}
