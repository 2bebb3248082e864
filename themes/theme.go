package themes

import (
	"reflect"

	"github.com/gdamore/tcell/v2"
)

// Theme is a parsed theme file. Make one with Load or Parse.
type Theme struct {
	Name        string
	Description string // one line for the list of themes
	Background  string // dark, light or any: the terminal background the theme is made for

	mono  bool // never any colour
	nicks nickPalette
	looks sheet
}

// nickPalette are the constants of XEP-0392 §5.4, in percent.
type nickPalette struct {
	Saturation float64 `toml:"saturation"`
	Lightness  float64 `toml:"lightness"`
}

// Palette is a theme resolved for one terminal. All backgrounds are the terminal's own unless the theme says otherwise.
type Palette struct {
	Text     tcell.Style // ordinary text
	Dim      tcell.Style // what may be overlooked
	Title    tcell.Style // titles of panes and dialogs
	Border   tcell.Style // lines between panes
	Selected tcell.Style // the chosen row of a list
	Unread   tcell.Style // a chat with unread messages
	Mention  tcell.Style // a message or chat that names the user
	OwnNick  tcell.Style // the user's nick
	PeerNick tcell.Style // others' nicks; the colour comes from NickColor
	Time     tcell.Style // times of messages
	Tick     tcell.Style // marks of sending, server, delivery
	TickRead tcell.Style // the mark of a message that was read
	Error    tcell.Style // failures
	Notice   tcell.Style // what the client says
	Link     tcell.Style // addresses that can be opened
	NewLine  tcell.Style // the line above the first unread message
	DayLine  tcell.Style // the line above a new day
	Status   tcell.Style // the status bar
	Hint     tcell.Style // the row of key hints
	Input    tcell.Style // what is being written
	Online   tcell.Style // presence
	Chat     tcell.Style
	Away     tcell.Style
	XA       tcell.Style
	DND      tcell.Style
	Offline  tcell.Style
	Typing   tcell.Style // "is typing"
	Quote    tcell.Style // quoted text
	Code     tcell.Style // preformatted text
	Match    tcell.Style // the letters of an entry that match what was typed
	Header   tcell.Style // the line above a chat

	nicks  nickPalette
	light  bool
	colors int
}

// sheet is the [styles] table of a file. Its fields are named as those of Palette, which pair finds by reflection; a test keeps the
// two alike.
type sheet struct {
	Text     *look `toml:"text"`
	Dim      *look `toml:"dim"`
	Title    *look `toml:"title"`
	Border   *look `toml:"border"`
	Selected *look `toml:"selected"`
	Unread   *look `toml:"unread"`
	Mention  *look `toml:"mention"`
	OwnNick  *look `toml:"own_nick"`
	PeerNick *look `toml:"peer_nick"`
	Time     *look `toml:"time"`
	Tick     *look `toml:"tick"`
	TickRead *look `toml:"tick_read"`
	Error    *look `toml:"error"`
	Notice   *look `toml:"notice"`
	Link     *look `toml:"link"`
	NewLine  *look `toml:"new_line"`
	DayLine  *look `toml:"day_line"`
	Status   *look `toml:"status"`
	Hint     *look `toml:"hint"`
	Input    *look `toml:"input"`
	Online   *look `toml:"online"`
	Chat     *look `toml:"chat"`
	Away     *look `toml:"away"`
	XA       *look `toml:"xa"`
	DND      *look `toml:"dnd"`
	Offline  *look `toml:"offline"`
	Typing   *look `toml:"typing"`
	Quote    *look `toml:"quote"`
	Code     *look `toml:"code"`
	Match    *look `toml:"match"`
	Header   *look `toml:"header"`
}

// Keys gives the names of the styles a theme file may set, in their usual order.
func Keys() []string {
	t := reflect.TypeFor[sheet]()
	keys := make([]string, t.NumField())
	for i := range keys {
		keys[i] = t.Field(i).Tag.Get("toml")
	}
	return keys
}

// Style gives a style by its key in theme files.
func (p *Palette) Style(key string) (style tcell.Style, ok bool) {
	t := reflect.TypeFor[sheet]()
	for i := range t.NumField() {
		if f := t.Field(i); f.Tag.Get("toml") == key {
			return reflect.ValueOf(p).Elem().FieldByName(f.Name).Interface().(tcell.Style), true
		}
	}
	return tcell.StyleDefault, false
}

// over fills what s leaves out from base.
func (s *sheet) over(base *sheet) {
	mine, theirs := reflect.ValueOf(s).Elem(), reflect.ValueOf(base).Elem()
	for i := range mine.NumField() {
		if mine.Field(i).IsNil() {
			mine.Field(i).Set(theirs.Field(i))
		}
	}
}

// For resolves the theme for a terminal of so many colours (0, 8, 16, 256, 1<<24). noColor is the user's wish for none.
func (t *Theme) For(colors int, noColor bool) Palette {
	if noColor || t.mono {
		colors = 0
	}
	p := Palette{nicks: t.nicks, light: t.Background == "light", colors: colors}
	looks, styles := reflect.ValueOf(&t.looks).Elem(), reflect.ValueOf(&p).Elem()
	for i := range looks.NumField() {
		l, _ := looks.Field(i).Interface().(*look)
		if l == nil {
			continue
		}
		styles.FieldByName(looks.Type().Field(i).Name).Set(reflect.ValueOf(l.resolve(colors)))
	}
	return p
}
