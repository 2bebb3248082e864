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

	"action.import":               "take the messages of a file that /export wrote, as jsonl or cpim, into your chats, each once; cancel ends it",
	"import.none":                 "Nothing is being read.",
	"import.reading":              "Reading %[1]s … /import cancel ends it.",
	"answer.imported":             "%[1]s messages taken, %[2]s known, %[3]s refused.",
	"answer.importing":            "%[1]s messages are read so far.",
	"problem.import-busy":         "A file is being read already.",
	"problem.import-busy.hint":    "Try again when it is done, or end it: /import cancel",
	"problem.import-open":         "%[3]s could not be opened.",
	"problem.import-open.hint":    "Check its name and its rights: /import ~/chat.jsonl",
	"problem.import-format":       "%[3]s is not what /export writes as jsonl or cpim.",
	"problem.import-format.hint":  "Files of text, for people, cannot be read again.",
	"problem.import-read":         "%[3]s could not be read to its end: %[4]s messages taken, %[5]s known, %[6]s refused.",
	"problem.import-read.hint":    "Try again: what was taken is known then.",
	"problem.import-disk":         "The disk did not take the messages of %[3]s: %[4]s messages taken, %[5]s known, %[6]s refused.",
	"problem.import-disk.hint":    "Make room and try again: what was taken is known then.",
	"problem.import-stopped":      "Not all of %[3]s was read: %[4]s messages taken, %[5]s known, %[6]s refused.",
	"problem.import-stopped.hint": "/import goes on with the rest: what was taken is known then.",

	"export.retract":  "[taken back]",
	"export.moderate": "[taken away by the room]",
	"export.no-text":  "[no text]",
	"export.reply":    "answers: %[1]s",
	"export.file":     "file: %[1]s",
	"export.edited":   "last edited %[1]s",
	"export.reaction": "%[1]s %[2]s",
	"export.unsent":   "not sent",
}
