package catalog

// historySentences is what is said of messages that are written to files, and of
// those that are deleted here.
var historySentences = map[string]string{
	"action.export": "write this chat, or all, to a file: jsonl for programs, text for people, cpim for mail programs",

	"action.chat.clear":  "delete all messages of this chat on this device, after a question",
	"action.chat.delete": "delete this chat on this device with all its messages, after a question",
	"confirm.clear":      "Delete all messages of %[1]s on this device? The archive of the server keeps its copy, and so do others and your other devices.",
	"confirm.delete":     "Delete the chat %[1]s on this device, with all its messages? The archive of the server keeps its copy, and so do others and your other devices.",
	"answer.cleared":     "%[1]s messages were deleted on this device.",
	"set.retention":      "how long messages stay on this device, such as 90d, 26w or 2y (off: for ever)",

	"answer.exported":            "%[1]s messages are written to %[2]s.",
	"answer.exporting":           "%[1]s messages are written so far.",
	"confirm.export":             "There is a file %[1]s already. Replace it?",
	"problem.export-busy":        "An export is being written already.",
	"problem.export-busy.hint":   "Try again when it is done.",
	"problem.export-unread":      "The messages could not be read from the disk, so nothing was written.",
	"problem.export-unread.hint": "/log has more.",
	"problem.export-write":       "%[3]s could not be written.",
	"problem.export-write.hint":  "Check the folder and its rights, or name another: /export text ~/chat.txt",
	"problem.export-full":        "The disk is full, so %[3]s was not written.",
	"problem.export-full.hint":   "Make room, or name a file on another disk: /export text /path/chat.txt",

	"export.retract":  "[taken back]",
	"export.moderate": "[taken away by the room]",
	"export.no-text":  "[no text]",
	"export.reply":    "answers: %[1]s",
	"export.file":     "file: %[1]s",
	"export.edited":   "last edited %[1]s",
	"export.reaction": "%[1]s %[2]s",
	"export.unsent":   "not sent",
}
