package store

import "encoding/json"

// Reply is what a message answers (XEP-0461).
type Reply struct {
	Ref   string // the name of the message that is answered
	RefBy string // arrivals: the archive that gave Ref; "": its author did
	Quote string // what the sender quotes of it, for want of the message itself

	Target   MessageID // that message, if it is here; 0: it is not
	Found    bool      // what follows is of it
	Ord      int64
	Outgoing bool
	Sender   string
	Nick     string
	Body     string
	NoBody   bool
	Spoiler  bool // Body is not to be shown unasked
}

// quoteBytes is how much is read of a message that is quoted.
const quoteBytes = 400

// answers links a new message with the one that it answers.
func (t *Tx) answers(id MessageID, a Arrival) error {
	if a.Reply == nil || a.Reply.Ref == "" {
		return nil
	}
	var target any
	list, err := t.named(Remark{Chat: a.Chat, Ref: a.Reply.Ref, RefBy: a.Reply.RefBy})
	if err != nil {
		return err
	}
	for _, m := range list {
		if m.ID != id && m.Kind == Text {
			target = m.ID
			break
		}
	}
	if target == nil {
		t.await(a.Chat, true)
	}
	quote := a.Reply.Quote
	if target != nil && list[0].NoBody {
		quote = "" // it was taken back
	}
	_, err = t.exec("UPDATE message SET reply_ref=?, reply_quote=?, reply_target=? WHERE id=?", a.Reply.Ref, quote, target, id)
	return err
}

// settleReplies links the answers that waited for a message with it.
func (t *Tx) settleReplies(id MessageID, a Arrival) error {
	_, err := t.exec(`UPDATE message SET reply_target=?1, rev=?2 WHERE chat=?3 AND reply_ref IN (?4,?5,?6) AND reply_ref<>'' AND reply_target IS NULL AND id<>?1`,
		id, t.rev, a.Chat, a.StanzaID, a.OriginID, a.ID)
	return err
}

// quotes reads of the messages of a page what those say that they answer.
func (v view) quotes(list []Message) error {
	var ids []MessageID
	for _, m := range list {
		if m.Reply != nil && m.Reply.Target != 0 {
			ids = append(ids, m.Reply.Target)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	b, err := json.Marshal(ids)
	if err != nil {
		return err
	}
	rows, err := v.query(`SELECT id, ord, outgoing, sender, nick, coalesce(substr(body,1,?),''), body IS NULL, instr(shape, '"s":true')>0 FROM message WHERE id IN (SELECT value FROM json_each(?)) AND NOT gone`, quoteBytes, string(b))
	found := map[MessageID]Reply{}
	if _, err := scan(rows, err, func(r interface{ Scan(...any) error }) (x Reply, err error) {
		err = r.Scan(&x.Target, &x.Ord, &x.Outgoing, &x.Sender, &x.Nick, &x.Body, &x.NoBody, &x.Spoiler)
		found[x.Target] = x
		return x, err
	}); err != nil {
		return err
	}
	for i, m := range list {
		if m.Reply == nil {
			continue
		}
		if x, ok := found[m.Reply.Target]; ok {
			x.Ref, x.Quote, x.Found = m.Reply.Ref, m.Reply.Quote, true
			list[i].Reply = &x
		}
	}
	return nil
}
