package ui

import (
	"context"
	"slices"
	"strings"

	"github.com/gdamore/tcell/v2"

	"sotto/session"
	"sotto/store"
	"sotto/ui/catalog"
	"sotto/ui/screen"
)

// Pictures in cells: the upper half block has one pixel in the colour of the text
// and one in that of the ground. Where the terminal draws pixels (ui/screen), those that
// came in this run are drawn so.

// picturesFrom is the number of colours from which pictures are drawn.
const picturesFrom = 256

// usePictures decides, for each frame, whether pictures are drawn: not where the
// colours, the link or the user say no.
func (a *App) usePictures() {
	colors := a.t.Colors
	if colors == 0 {
		colors = a.t.Screen.Colors()
	}
	way := a.c.Settings().Pictures
	on := way != "off" && !a.t.NoColor && colors >= picturesFrom && !a.look.ascii && a.plain == nil
	if on && a.t.Rate != nil {
		rate := a.t.Rate()
		on = rate == 0 || rate >= slowLink
	}
	a.look.pictures, a.look.blocks = on, way == "blocks"
	c, ok := a.t.Screen.(canvasser)
	if ok {
		c.SetPixels(insisted[way])
	}
	if insisted[way] != screen.PixelsAuto {
		a.look.pictures = on && ok && c.Graphics()
	}
}

// insisted are the settings by which pictures are drawn in pixels alone, also over a
// line of which nobody knows how quick it is.
var insisted = map[string]screen.Pixels{"kitty": screen.PixelsKitty, "sixel": screen.PixelsSixel}

// canvasser is a screen whose terminal may draw pixels.
type canvasser interface {
	SetPixels(screen.Pixels)
	Graphics() bool
	DrawImage(x, y int, im screen.Image, row int, style tcell.Style, png func() []byte) bool
}

// sharpMost bounds the sharp pictures at hand; each has 400 kB at most.
const sharpMost = 24

func (l *look) keepSharp(e session.Pictured) {
	l.sharp = slices.DeleteFunc(l.sharp, func(x session.Pictured) bool { return x.Message == e.Message })
	if len(l.sharp) == sharpMost {
		l.sharp = slices.Delete(l.sharp, 0, 1)
	}
	l.sharp = append(l.sharp, e)
}

// drawSharp draws one row of the picture of a message in pixels over that in half
// blocks, where it is at hand and the terminal can.
func (l *look) drawSharp(s tcell.Screen, x, y, w int, id store.MessageID, p *store.Picture, row int) {
	c, ok := s.(canvasser)
	i := slices.IndexFunc(l.sharp, func(e session.Pictured) bool { return e.Message == id })
	if !ok || i < 0 || l.blocks {
		return
	}
	cols, rows := pictureSize(p, w)
	c.DrawImage(x, y, screen.Image{Key: uint64(id), Cols: cols, Rows: rows}, row, l.Text, func() []byte { return l.sharp[i].PNG })
}

// pictureSize is how many columns and rows a picture takes where there are w
// columns.
func pictureSize(p *store.Picture, w int) (cols, rows int) {
	h := p.Height()
	if h == 0 || w < 1 {
		return 0, 0
	}
	cols = min(p.Width, w)
	high := max(1, h*cols/p.Width)
	if most := 2 * session.PreviewRows; high > most {
		cols, high = max(1, cols*most/high), most
	}
	return cols, (high + 1) / 2
}

// drawPicture draws one row of a picture.
func drawPicture(s tcell.Screen, x, y, w int, p *store.Picture, row int, ground tcell.Style) {
	cols, rows := pictureSize(p, w)
	if row >= rows || len(p.Pix) < 4*p.Width*p.Height() {
		return
	}
	h := p.Height()
	at := func(col, half int) (tcell.Color, bool) {
		// Each row of cells has two of the picture's lines, spread over its height.
		py := half
		if high := max(1, h*cols/p.Width); high != h {
			py = half * h / high
		}
		if py >= h {
			return 0, false
		}
		i := 4 * (py*p.Width + col*p.Width/cols)
		if p.Pix[i+3] < 128 {
			return 0, false
		}
		return tcell.NewRGBColor(int32(p.Pix[i]), int32(p.Pix[i+1]), int32(p.Pix[i+2])), true
	}
	for col := range cols {
		above, hasAbove := at(col, 2*row)
		below, hasBelow := at(col, 2*row+1)
		switch {
		case hasAbove && hasBelow:
			s.SetContent(x+col, y, '▀', nil, ground.Foreground(above).Background(below))
		case hasAbove:
			s.SetContent(x+col, y, '▀', nil, ground.Foreground(above))
		case hasBelow:
			s.SetContent(x+col, y, '▄', nil, ground.Foreground(below))
		default:
			s.SetContent(x+col, y, ' ', nil, ground)
		}
	}
}

// needPicture says why the marked message shows no picture.
func needPicture(a *App) string {
	m, ok := a.selected()
	switch {
	case !ok || m.File == nil || m.ID.Unsaved() || m.File.Type != "" && !strings.HasPrefix(m.File.Type, "image/"):
		return "why.no-picture"
	case !a.look.pictures:
		return "why.no-pictures"
	}
	return ""
}

func (a *App) viewSelected() {
	a.withSelected(func(acc *session.Account, m store.Message) { a.askTake(m, func(*App) { acc.Preview(m.ID, "") }) })
}

// previewNew shows a picture that just came, where the user wants that and it can
// be drawn.
func (a *App) previewNew(e session.Incoming) {
	if acc := a.c.Account(e.Account); acc != nil && a.look.pictures && e.Direct && !e.Stored && a.c.Settings().Pictures == "on" {
		acc.PreviewNew(e.Message)
	}
}

// avatarsMax is how many pictures of people are kept at hand.
const avatarsMax = 64

// facing is whose picture belongs into the presence pane; zero: nobody's.
func (a *App) facing() who {
	c, ok := a.m.open()
	switch {
	case !ok || !a.look.pictures:
	case c.Kind == store.Direct || c.Kind == store.Self || c.Kind == store.Room:
		return who{c.Account, c.JID}
	case c.Kind == store.Private && c.Nick != "":
		return who{c.Account, c.JID + "/" + c.Nick}
	}
	return who{}
}

// askAvatar asks for the picture of the person who is faced, once.
func (a *App) askAvatar() {
	w := a.facing()
	if w == a.faced {
		return
	}
	a.faced = w
	if acc := a.c.Account(w.account); w.jid != "" && acc != nil {
		acc.ShowAvatar(w.jid)
	}
}

func (a *App) avatarChanged(e session.AvatarChanged) {
	w := who{e.Account, e.JID}
	if e.Picture.Height() == 0 {
		delete(a.m.avatars, w)
		if w == a.faced {
			a.faced = who{} // there may be another one
		}
		return
	}
	if len(a.m.avatars) >= avatarsMax {
		clear(a.m.avatars)
	}
	a.m.avatars[w] = e.Picture
}

// cmdRoomAvatar gives the open room a picture, or takes it away.
func (a *App) cmdRoomAvatar(args string) {
	if args == "" {
		a.usage("room-avatar")
		return
	}
	a.withChat(func(acc *session.Account, c store.Chat) {
		if strings.EqualFold(args, "off") {
			acc.SetRoomAvatar(c.ID, "")
			return
		}
		home := a.opt.Home
		a.pager.want(wantFile{}, func(context.Context) func(*App) { // a disk may be slow
			path := typedPath(args, home)
			return func(a *App) {
				a.say(catalog.T("avatar.setting"))
				acc.SetRoomAvatar(c.ID, path)
			}
		})
	})
}

// cmdAvatar publishes a picture as ours, or takes ours away.
func (a *App) cmdAvatar(args string) {
	if args == "" {
		a.usage("avatar")
		return
	}
	a.withAccount(func(acc *session.Account) {
		if strings.EqualFold(args, "off") {
			acc.SetAvatar("")
			return
		}
		home := a.opt.Home
		a.pager.want(wantFile{}, func(context.Context) func(*App) { // a disk may be slow
			path := typedPath(args, home)
			return func(a *App) {
				a.say(catalog.T("avatar.setting"))
				acc.SetAvatar(path)
			}
		})
	})
}
