package session_test

import (
	"context"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
)

// befriend lets two see each other, so that receipts go.
func befriend(alice, bob *client) {
	alice.t.Helper()
	ask := func(from, to *client) {
		from.a.AddContact(to.a.JID(), "", nil)
		to.until("the request", func() bool {
			list, err := to.st.Requests(context.Background())
			return err == nil && len(list) == 1
		})
		to.a.Approve(from.a.JID())
	}
	ask(alice, bob)
	ask(bob, alice)
	for _, cl := range []*client{alice, bob} {
		cl.until("both subscriptions", func() bool {
			list, err := cl.st.Roster(context.Background(), cl.a.ID())
			return err == nil && len(list) == 1 && list[0].Subscription == "both"
		})
	}
}

// seedOf gives a test its chances: by SOTTO_SEED, in a soak by any seed, else always the
// same.
func seedOf(t testing.TB) *rand.Rand {
	t.Helper()
	seed := uint64(1)
	if os.Getenv("SOTTO_SOAK") != "" {
		seed = rand.Uint64()
	}
	if s := os.Getenv("SOTTO_SEED"); s != "" {
		var err error
		if seed, err = strconv.ParseUint(s, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("SOTTO_SEED=%d", seed)
	return rand.New(rand.NewPCG(seed, 1))
}
