package catalog

// presenceSentences is about presence, and who is told what.
var presenceSentences = map[string]string{
	"until": "until %[1]s",

	"presence.menu-narrow":           "%[1]s: o c a x d i t f u",
	"presence.menu-invisible":        "[i]nvisible",
	"show.invisible":                 "invisible",
	"action.presence.invisible":      "be there unseen, where your server offers it (rooms still see you)",
	"why.no-invisible":               "No server of yours that is connected can make you invisible (XEP-0186).",
	"why.invisible-all":              "Invisible is for everybody or an account.",
	"problem.no-invisible":           "The server of %[1]s cannot make you invisible.",
	"problem.no-invisible.hint":      "/disconnect leaves; /away and /dnd are seen.",
	"problem.invisible-refused":      "The server did not make you invisible. Nobody is told that you are there, and you see nobody.",
	"problem.invisible-refused.hint": "/online shows you to all.",
	"presence.when":                  "Until or for how long (15:00, 30m, 2h; empty: for good):",
	"presence.when-wrong":            "That is no time. 15:00, 30m, 2h, 1h30m:",
	"presence.here":                  "you: %[1]s here",
	"presence.here-short":            "%[1]s here",
	"presence.none-saved":            "No presence is saved. /presence save name keeps the one of now.",

	"answer.presence-usual":     "%[1]s sees again what all see.",
	"answer.presence-saved":     "The presence is saved: /presence %[1]s, or its digit in F2.",
	"answer.presence-forgotten": "The presence %[1]s is not saved any more.",

	"problem.no-presence":       "No presence is saved as “%[3]s”.",
	"problem.no-presence.hint":  "/presence list names them; an address has an @.",
	"problem.bad-presence":      "The presence %[3]s cannot be saved.",
	"problem.bad-presence.hint": "A name has no spaces; 50 can be saved.",
}
