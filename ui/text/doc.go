// Package text makes remote and own text fit to be shown: the terminal-safety
// filter that everything of others passes before it may reach a cell, and the
// measuring and wrapping of text by grapheme clusters.
//
// It knows no screen and keeps no state; any goroutine may call it.
//
// # Example
//
//	for _, line := range text.Wrap(text.Body(message), 60) {
//		draw(line, text.Width(line))
//	}
package text
