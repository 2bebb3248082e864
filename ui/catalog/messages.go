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
	"set.styling":           "*bold*, _italic_, ~struck~ and `code` are shown so (on, off)",
	"set.keywords":          "words that are as good as your name (release, sotto)",
}
