package store

import (
	"slices"
	"strings"
)

// Audit is what a chat holds that an archive could contradict.
type Audit struct {
	Doubled []Message // stands here more than once
	Alone   []Message // stands here, and its archive did not name it
}

// auditMost bounds each list.
const auditMost = 200

// Audit looks through the messages of a chat (or of all direct chats of the
// account) from ord since on. Doubled: two rows of one sender with the same
// origin-id or id and the same words. Alone: rows whose name in the archive is
// not among those it named.
func (t *Tx) Audit(a AccountID, chat ChatID, all bool, archive string, since int64, named map[string]bool) (x Audit, err error) {
	const which = ` FROM message m WHERE m.ord>=?1 AND m.ord<?2 AND m.kind=0 AND m.state NOT IN (?3,?4,?5)
		AND (m.chat=?6 OR ?7 AND m.chat IN (SELECT id FROM chat WHERE account=?8 AND kind IN (0,3))) `
	args := []any{since, unsentBase, Queued, Preparing, Failed, chat, all, a}
	rows, err := t.rows("SELECT "+messageColumns+which+`AND EXISTS (SELECT 1 FROM message_ref r JOIN message_ref s ON s.chat=r.chat AND s.kind=r.kind AND s.value=r.value AND s.sender=r.sender AND s.message<r.message
		JOIN message n ON n.id=s.message WHERE r.message=m.id AND r.kind IN (2,3) AND n.digest=m.digest AND n.outgoing=m.outgoing) ORDER BY m.ord DESC LIMIT ?9`,
		append(args, auditMost)...)
	if x.Doubled, err = scan(rows, err, scanMessage); err != nil {
		return x, err
	}
	type name struct {
		id    MessageID
		value string
	}
	rows, err = t.rows(`SELECT m.id, coalesce((SELECT group_concat(r.value, char(10)) FROM message_ref r WHERE r.message=m.id AND r.kind=1 AND r.by=?9), '')`+which+`ORDER BY m.ord DESC`,
		append(args, archive)...)
	names, err := scan(rows, err, func(r interface{ Scan(...any) error }) (n name, err error) {
		err = r.Scan(&n.id, &n.value)
		return n, err
	})
	if err != nil {
		return x, err
	}
	for _, n := range names {
		if len(x.Alone) < auditMost && !slices.ContainsFunc(strings.Split(n.value, "\n"), func(v string) bool { return named[v] }) {
			m, err := t.Message(n.id)
			if err != nil {
				return x, err
			}
			x.Alone = append(x.Alone, m)
		}
	}
	return x, nil
}
