//go:build unix

package screen

import "github.com/gdamore/tcell/v2"

// openDevice finds the terminal of this process: /dev/tty, or standard input and output where there is none.
func openDevice() (tcell.Tty, error) {
	dev, err := tcell.NewDevTty()
	if err != nil {
		return tcell.NewStdIoTty()
	}
	return dev, nil
}
