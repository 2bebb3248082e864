package catalog

// messageSentences are what is said around the texts of messages, and about several
// of them.
var messageSentences = map[string]string{
	"spoiler":               "spoiler",
	"spoiler.about":         "spoiler: %[1]s",
	"spoiler.key":           "hidden (u)",
	"why.no-spoiler":        "That message is not hidden.",
	"action.spoiler":        "say something that others see only when they ask for it",
	"action.select.uncover": "show the marked message, which its sender hid, or hide it again",
	"hint.select.uncover":   "show, hide",
	"self.title":            "Note to self",
	"self.noted":            "Noted.",
	"action.note":           "note something for yourself, on all your devices; without text open your notes",
	"why.several":           "That is done with one message; Space lets those go that are chosen.",
	"why.no-message":        "There is no message that could be taken.",
	"choose.many":           "No more than %[1]s messages can be chosen.",
	"action.select.choose":  "choose the marked message, to do something with several, or let it go",
	"action.select.forward": "say the chosen messages in another chat, as quotes",
	"action.select.forget":  "take the chosen messages away from this device, after a question",
	"hint.select.choose":    "choose",
	"hint.select.forward":   "forward",
	"hint.select.forget":    "delete here",
	"forward.head":          "%[1]s, %[2]s:",
	"forward.title.one":     "Forward a message to",
	"forward.title.many":    "Forward %[1]s messages to",
	"forward.keys":          "@people #rooms · Enter · Esc",
	"forward.too-long":      "Together these are too long for one message. Choose fewer.",
	"confirm.forget.one":    "Delete this message on this device? Others, and your other devices, keep it.",
	"confirm.forget.many":   "Delete %[1]s messages on this device? Others, and your other devices, keep them.",
	"set.styling":           "*bold*, _italic_, ~struck~ and `code` are shown so (on, off)",
	"set.keywords":          "words that are as good as your name (release, sotto)",
}
