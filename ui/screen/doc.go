// Package screen stands between the widgets and the terminal.
//
// tview clears and repaints the whole screen on every key, and tcell sends every cell that was touched, even when it ends up as it
// was: 6 to 7 kB for one typed letter. Two wrappers bring that down to the one byte it should be:
//
//	widgets ──cells──> Screen ──changed cells──> tcell ──bytes──> Tty ──needed bytes──> terminal
//	        <─events── (focus, paste, Esc)  <──────────────────── (reads pass through)
//
// Screen is a tcell.Screen that keeps the frame the application wants (back) and the frame tcell was told (front), and forwards the
// difference. It is also the last gate for text: control characters, bidi controls, tall stacks of combining marks and strange links
// do not get past it, whoever drew them.
//
// Where whole rows of the screen only moved, the terminal moves them itself by a scroll region, see scroll.go.
//
// Tty is a tcell.Tty that reads the byte stream tcell writes, drops what the terminal already knows, and writes through a goroutine
// of its own, so that a stopped terminal (Ctrl-S, a dead SSH link) never blocks the user interface. While it has unsent bytes, Screen
// skips frames; the newest one is drawn afterwards.
//
// Where the terminal answers that it knows the kitty graphics protocol, pictures are drawn as cells, see images.go; where it knows
// sixel, as pixels over blank cells, see pixels.go. Its answers are taken out of what is read, see answers.go.
//
// Goroutines: drawing methods may be called from any goroutine but are meant for the one that owns the widgets. The hooks OnFocus and
// OnKey run on the input goroutine, OnError on the writing one, OnDrained on the writing one, the reading one or the one that makes a
// sixel picture; hooks must be quick and must not call Fini.
//
// The package reads no environment variable itself; Env carries what matters. Example:
//
//	scr, tty, err := screen.Open(screen.Env{Term: os.Getenv("TERM"), Lang: os.Getenv("LANG")})
//	if err != nil { ... }                  // ErrDumb, ErrNoTTY: the caller has a sentence for each
//	scr.OnFocus(func(in bool) { ... })
//	tty.OnError(func(err error) { quit(err) })
//	app := tview.NewApplication().SetScreen(scr)
package screen
