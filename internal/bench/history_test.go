//go:build linux

package bench

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"sotto/store"
)

// lastLine is the newest message of every chat that is filled here.
const lastLine = "the very last line"

// contactJID is the address of a contact, contactName its name.
func contactJID(i int) string  { return fmt.Sprintf("c%05d@xmpp.test", i) }
func contactName(i int) string { return fmt.Sprintf("Contact %05d", i) }

// contacts fills the cached roster: bob, and n others.
func contacts(tx *store.Tx, a store.AccountID, n int) error {
	if err := tx.PutContact(store.Contact{Account: a, JID: bobJID, Name: "Bob Ross", Subscription: "both", Groups: []string{"Friends"}}); err != nil {
		return err
	}
	for i := range n {
		if err := tx.PutContact(store.Contact{Account: a, JID: contactJID(i), Name: contactName(i), Subscription: "both", Groups: []string{"Friends"}}); err != nil {
			return err
		}
	}
	return nil
}

// chat fills a chat with n messages.
func chat(tx *store.Tx, a store.AccountID, jid string, n int) error {
	id, err := tx.EnsureChat(store.ChatKey{Account: a, JID: jid})
	if err != nil {
		return err
	}
	for i := range n {
		body := sentence(i + 7*int(id))
		if i == n-1 {
			body = lastLine
		}
		if _, _, err := tx.Arrive(store.Arrival{Chat: id, Sender: jid, Body: body, Quiet: true}); err != nil {
			return err
		}
	}
	return nil
}

// village is a roster of n contacts and a chat with bob.
func village(n, messages int) func(*store.Tx, store.AccountID) error {
	return func(tx *store.Tx, a store.AccountID) error {
		if err := contacts(tx, a, n); err != nil {
			return err
		}
		return chat(tx, a, bobJID, messages)
	}
}

var words = strings.Fields(`about after again because before between boat bread bridge coffee could evening every forest friend
	garden harbour kitchen lantern letter little market morning mountain never other people quiet rather river should station
	street summer table their thing think though through train under village water weather where which window winter would`)

// sentence makes text as people write it, so that lines differ as theirs do: 60
// bytes or a little more, the same for the same number.
func sentence(n int) string {
	r := rand.New(rand.NewPCG(1, uint64(n))) //nolint:gosec // the same each time
	var b strings.Builder
	fmt.Fprintf(&b, "%d:", n)
	for b.Len() < 60 {
		b.WriteString(" " + words[r.IntN(len(words))])
	}
	return b.String()
}
