// Package vt is a small model of a terminal, for tests: it reads the bytes that tcell and the byte filter send to an xterm and keeps
// what would be seen.
//
// It knows what those two send (cursor moves, erasing, attributes, private modes, links, titles, the line-drawing set) and counts
// what it does not know in Unknown, so that a test can insist on none. It is strict where terminals differ: the cursor after the last
// column waits for the next character, overwriting half of a wide grapheme blanks the other half, and zero-width runes join the cell
// before. A Terminal belongs to one goroutine.
//
//	term := vt.New(80, 24)
//	term.Write([]byte("\x1b[2;3Hhello"))
//	fmt.Println(term.Text())
package vt
