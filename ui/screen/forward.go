package screen

import "github.com/gdamore/tcell/v2"

// The methods here have nothing to do with cells and go to the inner screen. Text among their arguments is filtered.

// EnableMouse asks the terminal for mouse events.
func (s *Screen) EnableMouse(flags ...tcell.MouseFlags) { s.inner.EnableMouse(flags...) }

// DisableMouse ends mouse events.
func (s *Screen) DisableMouse() { s.inner.DisableMouse() }

// EnablePaste asks the terminal to mark pasted text.
func (s *Screen) EnablePaste() { s.inner.EnablePaste() }

// DisablePaste ends marking of pasted text.
func (s *Screen) DisablePaste() { s.inner.DisablePaste() }

// EnableFocus asks the terminal to report focus; see OnFocus.
func (s *Screen) EnableFocus() { s.inner.EnableFocus() }

// DisableFocus ends focus reports.
func (s *Screen) DisableFocus() { s.inner.DisableFocus() }

// HasMouse reports whether the terminal seems to have a mouse.
func (s *Screen) HasMouse() bool { return s.inner.HasMouse() }

// Colors gives the number of colours, 0 for monochrome.
func (s *Screen) Colors() int { return s.inner.Colors() }

// CharacterSet names the terminal's character set.
func (s *Screen) CharacterSet() string { return s.inner.CharacterSet() }

// RegisterRuneFallback sets what is drawn for a rune the character set lacks.
func (s *Screen) RegisterRuneFallback(r rune, subst string) {
	s.inner.RegisterRuneFallback(r, cleanTitle(subst))
}

// UnregisterRuneFallback undoes RegisterRuneFallback.
func (s *Screen) UnregisterRuneFallback(r rune) { s.inner.UnregisterRuneFallback(r) }

// CanDisplay reports whether the character set has the rune.
func (s *Screen) CanDisplay(r rune, checkFallbacks bool) bool {
	//lint:ignore SA1019 the interface has it, so we must
	return s.inner.CanDisplay(r, checkFallbacks)
}

// Resize does nothing, as in tcell.
func (s *Screen) Resize(x, y, w, h int) { s.inner.Resize(x, y, w, h) }

// HasKey always answers true, as in tcell.
func (s *Screen) HasKey(k tcell.Key) bool {
	//lint:ignore SA1019 the interface has it, so we must
	return s.inner.HasKey(k)
}

// Beep rings the bell.
func (s *Screen) Beep() error { return s.inner.Beep() }

// SetSize asks the terminal for another size.
func (s *Screen) SetSize(w, h int) { s.inner.SetSize(w, h) }

// LockRegion keeps tcell from drawing over a region, for images that were written there by other means. Everything is sent anew
// afterwards, because the wrapper cannot know what the region shows.
func (s *Screen) LockRegion(x, y, width, height int, lock bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inner.LockRegion(x, y, width, height, lock)
	s.front.forget()
}

// Tty gives the terminal below, a *Tty when the screen was made by Open.
func (s *Screen) Tty() (tcell.Tty, bool) { return s.inner.Tty() }

// SetTitle sets the window title. Controls are removed, and an unchanged title is not sent again.
func (s *Screen) SetTitle(title string) {
	title = cleanTitle(title)
	s.mu.Lock()
	defer s.mu.Unlock()
	if title == s.title {
		return
	}
	s.title = title
	s.inner.SetTitle(title)
}

// SetClipboard puts data into the clipboard of the terminal, where it allows that. tcell encodes it, so any bytes are safe.
func (s *Screen) SetClipboard(data []byte) { s.inner.SetClipboard(data) }

// GetClipboard asks for the clipboard; the answer is an event.
func (s *Screen) GetClipboard() { s.inner.GetClipboard() }
