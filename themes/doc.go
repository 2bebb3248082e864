// Package themes holds the colours of the client: what a theme file may say, the themes that come with the program, and how a theme
// becomes the styles of one terminal.
//
//	theme, err := themes.Load("dusk", configDir+"/themes")   // err is one sentence for the user, with the line
//	p := theme.For(screen.Colors(), os.Getenv("NO_COLOR") != "")
//	draw(text, p.Text); draw(nick, p.PeerNick.Foreground(p.NickColor(nick)))
//
// A theme file is TOML:
//
//	name = "mine"
//	base = "dusk"                   # optional: a theme of the program's that gives what this one leaves out
//	background = "dark"             # dark, light, or any
//	nick_palette = { saturation = 80, lightness = 65 }   # percent, HSLuv; XEP-0392
//
//	[styles]
//	error = { fg = "#ff6188", fg256 = 204, fg16 = "red", attr = ["bold"], mono = ["reverse"] }
//
// A colour is a name ("red"), a number of the 256, "#rrggbb" or "default". fg256 and fg16 (and bg256, bg16) say what poorer terminals
// get; without them the nearest colour is taken. mono says what a terminal without colours gets instead of attr. No meaning is left to
// colour alone: the screen has a sign for each, and a monochrome terminal has attributes.
//
// A Theme and a Palette are plain values without goroutines; both may be read from anywhere.
package themes
