package ui

import "sotto/ui/catalog"

// The slim layout gives the chat the whole width. Only then a terminal can move
// the rows above a new line by itself, and a message costs little more than its
// text: the layout for slow links.

// slowLink is the speed, in bytes a second, below which a terminal that was
// measured gets the slim layout unasked: a line of 19,200 bit/s has 1,920.
const slowLink = 2400

// toggleSlim goes to the slim layout or back to the panes.
func (a *App) toggleSlim() {
	a.slim, a.slimChosen = !a.slim, true
	if a.slim && (a.focus == inRoster || a.focus == inPeople) {
		a.focus = inComposer
	}
}

// widen leaves the slim layout for one of its panes.
func (a *App) widen(roster bool) bool {
	if !a.slim {
		return false
	}
	a.slim, a.slimChosen = false, true
	a.hideRoster, a.hidePeople = !roster, roster
	return true
}

// fitLink chooses the layout for the link, once and unless the user chose.
func (a *App) fitLink() {
	if a.slim || a.slimChosen {
		return
	}
	switch a.c.Settings().Slim {
	case "on":
		a.slim, a.slimChosen = true, true
	case "auto":
		if a.t.Rate == nil {
			return
		}
		if rate := a.t.Rate(); rate > 0 && rate < slowLink {
			a.slim, a.slimChosen = true, true
			a.say(catalog.T("slim.slow"))
		}
	}
}
