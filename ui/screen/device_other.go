//go:build !unix

package screen

import "github.com/gdamore/tcell/v2"

// openDevice finds the terminal of this process: the console.
func openDevice() (tcell.Tty, error) { return tcell.NewDevTty() }
