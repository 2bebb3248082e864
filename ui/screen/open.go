package screen

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/gdamore/tcell/v2"
	"github.com/gdamore/tcell/v2/terminfo"
)

// Env is what the environment says about the terminal. The fields carry the variables of the same names; nothing here reads the
// environment, so that a screen may belong to another process. tcell itself looks at LANG, LC_*, NO_COLOR and COLORTERM of its own.
type Env struct {
	Term          string // TERM
	ColorTerm     string // COLORTERM
	NoColor       string // NO_COLOR
	Lang          string // LANG
	LCAll         string // LC_ALL
	LCCtype       string // LC_CTYPE
	SSHConnection string // SSH_CONNECTION
	Tmux          string // TMUX
	STY           string // STY, set by GNU screen
	User          string // USER
	TermProgram   string // TERM_PROGRAM
	SessionBus    string // DBUS_SESSION_BUS_ADDRESS
	VTEVersion    string // VTE_VERSION
}

var (
	// ErrNoTTY says that there is no terminal to draw on.
	ErrNoTTY = errors.New("no terminal")
	// ErrDumb says that the terminal cannot place the cursor.
	ErrDumb = errors.New("terminal cannot place the cursor")
)

// fallbackTerm is what an unknown terminal is taken for. All that people use now understand it.
const fallbackTerm = "xterm-256color"

// twins stand for signs of print on terminals that do not have them; tcell knows those of lines. One column each, as what they stand
// for.
var twins = map[rune]string{'…': ".", '·': "-", '•': "*", '“': `"`, '”': `"`, '„': `"`, '«': `"`, '»': `"`, '‘': "'", '’': "'", '–': "-", '—': "-", '−': "-",
	'\u2011': "-", '\u00a0': " ", '\u202f': " ", '\u2009': " ", '×': "x", '→': ">", '←': "<"}

// ASCII reports whether the locale cannot show UTF-8, so that lines and marks must be ASCII.
func (e Env) ASCII() bool {
	locale := e.locale()
	if locale == "" { // as tcell: nothing said means UTF-8
		return false
	}
	if locale == "C" || locale == "POSIX" {
		return true
	}
	locale, _, _ = strings.Cut(locale, "@")
	_, charset, found := strings.Cut(locale, ".")
	if !found {
		return false
	}
	charset = strings.ToUpper(strings.ReplaceAll(charset, "-", ""))
	return charset != "UTF8"
}

// locale gives the first of the variables that is set, in the order POSIX says.
func (e Env) locale() string {
	for _, v := range []string{e.LCAll, e.LCCtype, e.Lang} {
		if v != "" {
			return v
		}
	}
	return ""
}

// Remote reports whether the terminal is at the other end of an SSH link.
func (e Env) Remote() bool { return e.SSHConnection != "" }

// Multiplexed reports whether tmux or GNU screen is between.
func (e Env) Multiplexed() bool { return e.Tmux != "" || e.STY != "" }

// escHold is the time a lone Esc waits over SSH; see Options.
func (e Env) escHold() time.Duration {
	if e.Remote() {
		return 150 * time.Millisecond
	}
	return 0
}

// Open makes the screen for the terminal of this process, not initialised yet. The errors are ErrNoTTY and ErrDumb (wrapped) and
// what tcell may say besides. A terminal nobody has heard of is taken for an xterm; then Screen.Notice says so.
func Open(env Env) (*Screen, *Tty, error) {
	if env.Term == "dumb" {
		return nil, nil, ErrDumb
	}
	dev, err := openDevice()
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrNoTTY, err)
	}
	s, t, err := OpenOn(dev, env)
	if err != nil {
		_ = dev.Close() // nothing was written to it
	}
	return s, t, err
}

// OpenOn is Open on a given terminal.
func OpenOn(dev tcell.Tty, env Env) (*Screen, *Tty, error) {
	info, notice, err := describe(env)
	if err != nil {
		return nil, nil, err
	}
	// A locale whose character set tcell does not know would end the start; plain ASCII is better than no client.
	tcell.SetEncodingFallback(tcell.EncodingFallbackASCII)
	tty := NewTty(dev, TtyOptions{})
	inner, err := tcell.NewTerminfoScreenFromTtyTerminfo(tty, info)
	if err != nil {
		return nil, nil, fmt.Errorf("open terminal %s: %w", info.Name, err)
	}
	for r, twin := range twins {
		inner.RegisterRuneFallback(r, twin)
	}
	s := New(inner, Options{EscHold: env.escHold(), Remote: env.Remote()})
	s.notice = notice
	return s, tty, nil
}

// Notice is a sentence for the user about the terminal, or empty.
func (s *Screen) Notice() string { return s.notice }

// describe finds the description of the terminal, and a notice when it had to take another's.
func describe(env Env) (info *terminfo.Terminfo, notice string, err error) {
	if env.Term == "dumb" {
		return nil, "", ErrDumb
	}
	found, err := tcell.LookupTerminfo(env.Term)
	if err != nil {
		notice = fmt.Sprintf("terminal %q is unknown; using %s", cleanTitle(env.Term), fallbackTerm)
		if env.Term == "" {
			notice = "TERM is not set; using " + fallbackTerm
		}
		if found, err = tcell.LookupTerminfo(fallbackTerm); err != nil {
			return nil, "", fmt.Errorf("look up %s: %w", fallbackTerm, err)
		}
	}
	if found.SetCursor == "" {
		return nil, "", ErrDumb
	}
	copied := *found // tcell writes into it
	addTrueColor(&copied, env.ColorTerm)
	return &copied, notice, nil
}

// addTrueColor adds the sequences that no terminal database has, when COLORTERM promises them.
func addTrueColor(info *terminfo.Terminfo, colorTerm string) {
	if colorTerm != "truecolor" && colorTerm != "24bit" || info.Colors < 256 || info.SetFgBgRGB != "" || info.SetFgRGB != "" {
		return
	}
	info.SetFgRGB = "\x1b[38;2;%p1%d;%p2%d;%p3%dm"
	info.SetBgRGB = "\x1b[48;2;%p1%d;%p2%d;%p3%dm"
	info.SetFgBgRGB = "\x1b[38;2;%p1%d;%p2%d;%p3%d;48;2;%p4%d;%p5%d;%p6%dm"
}
