package store_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"sotto/store"
)

func TestMain(m *testing.M) {
	if os.Getenv("SOTTO_CRASH_DIR") != "" {
		crashingWriter()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// dieAt kills this process, as the system would, when it comes to a point for
// the n-th time; 0: never.
func dieAt(point string, n int) func(string) error {
	var hits atomic.Int64
	return func(p string) error {
		if p == point && hits.Add(1) == int64(n) {
			if self, err := os.FindProcess(os.Getpid()); err == nil {
				_ = self.Kill()
			}
			select {}
		}
		return nil
	}
}

// crashingWriter is the child: three goroutines write to a store, so that they
// share transactions, and say what they were told is stored.
func crashingWriter() {
	n, _ := strconv.Atoi(os.Getenv("SOTTO_CRASH_N"))
	ctx := context.Background()
	check := func(err error) {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	dir := os.Getenv("SOTTO_CRASH_DIR")
	opt := store.Options{Dir: dir, Key: keyOf(dir), At: dieAt(os.Getenv("SOTTO_CRASH_POINT"), n)}
	turns := os.Getenv("SOTTO_CRASH_TURNS") != ""
	if turns {
		opt.Key = sealKey
	}
	s, err := store.Open(ctx, opt)
	check(err)
	var chat store.ChatID
	var account store.AccountID
	_, err = s.Write(ctx, func(tx *store.Tx) error {
		a, err := tx.EnsureAccount("alice@example.org")
		if err != nil {
			return err
		}
		account = a.ID
		chat, err = tx.EnsureChat(store.ChatKey{Account: a.ID, JID: "bob@example.org"})
		return err
	})
	check(err)
	if os.Getenv("SOTTO_CRASH_CHECKPOINT") != "" {
		// The log goes into the database with every commit, so that a kill falls into that.
		_, err = s.Write(ctx, func(tx *store.Tx) error { return tx.Exec("PRAGMA wal_autocheckpoint=1") })
		check(err)
	}
	rows, _, err := s.Page(ctx, chat, 0, 10_000)
	check(err)
	next := func(prefix string) int {
		last := -1
		for _, m := range rows {
			if k, ok := strings.CutPrefix(m.Body, prefix); ok {
				if k, err := strconv.Atoi(k); err == nil {
					last = max(last, k)
				}
			}
		}
		return last + 1
	}
	var out sync.Mutex
	say := func(kind string, k int) {
		out.Lock()
		defer out.Unlock()
		fmt.Println(kind, k)
	}
	const each = 12
	var wg sync.WaitGroup
	wg.Go(func() {
		for k, from := 0, next("own line "); k < each; k++ {
			body := fmt.Sprintf("own line %d", from+k)
			var id store.OutboxID
			_, err := s.Write(ctx, func(tx *store.Tx) (err error) {
				_, id, err = tx.Queue(store.Draft{Chat: chat, Sender: "alice@example.org", Body: body, LocalID: body + " with an origin-id", Bytes: []byte("<message/>")})
				return err
			})
			check(err)
			say("own", from+k)
			if k%3 == 0 {
				_, err = s.Write(ctx, func(tx *store.Tx) error { return tx.Settle(id) })
				check(err)
				say("settled", from+k)
			}
		}
	})
	wg.Go(func() {
		for k, from := 0, next("line "); k < each; k++ {
			body := fmt.Sprintf("line %d", from+k)
			_, err := s.Write(ctx, func(tx *store.Tx) error {
				// A part that fails takes nothing else with it.
				_ = tx.Try(func(tx *store.Tx) error {
					_, _, _ = tx.Arrive(store.Arrival{Chat: chat, Sender: "bob@example.org", Body: "a line that is taken back", StanzaID: "x", By: "alice@example.org"})
					return context.Canceled
				})
				if _, _, err := tx.Arrive(store.Arrival{Chat: chat, Sender: "bob@example.org", Body: body, StanzaID: body, By: "alice@example.org"}); err != nil {
					return err
				}
				held, err := tx.Ranges(account, "alice@example.org", "")
				if err == nil && len(held) > 0 {
					return tx.MoveRange(held[0].ID, body, tx.Placed())
				}
				if err == nil {
					_, err = tx.PutRange(account, "alice@example.org", store.Range{FirstID: body, FirstOrd: tx.Placed(), LastID: body, LastOrd: tx.Placed()})
				}
				return err
			})
			check(err)
			say("line", from+k)
		}
	})
	wg.Go(func() {
		for k := range each {
			_, err := s.Write(ctx, func(tx *store.Tx) error { return tx.SetDraft(chat, fmt.Sprintf("draft %d", k)) })
			check(err)
			say("draft", k)
		}
	})
	wg.Go(func() {
		for range 2 {
			if turns && s.Sealed() {
				check(s.Unseal(ctx))
			} else if turns {
				check(s.Seal(ctx, sealKey))
			}
		}
	})
	wg.Wait()
	check(s.Close())
	say("done", 0)
}

// life runs the child once. It is killed by itself at a point, or by us behind
// so many lines of its output; it gives what it said.
func life(t *testing.T, dir, point string, n, afterLines int) (said []string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), "SOTTO_CRASH_DIR="+dir, "SOTTO_CRASH_POINT="+point, fmt.Sprintf("SOTTO_CRASH_N=%d", n))
	if afterLines > 0 {
		cmd.Env = append(cmd.Env, "SOTTO_CRASH_CHECKPOINT=1")
	}
	if exists(filepath.Join(dir, "turns")) {
		cmd.Env = append(cmd.Env, "SOTTO_CRASH_TURNS=1")
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var stderr strings.Builder
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		said = append(said, lines.Text())
		if afterLines > 0 && len(said) == afterLines {
			_ = cmd.Process.Kill()
		}
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); err != nil && (!errors.As(err, &exit) || stderr.Len() > 0) {
		t.Fatalf("the child: %v\n%s", err, stderr.String())
	}
	return said
}

// afterCrash looks whether what was said to be stored is there, once.
func afterCrash(t *testing.T, dir string, said []string) {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{Dir: dir, Key: keyOf(dir)})
	if err != nil {
		t.Fatal(err)
	}
	if o := s.Opened(); o.Moved != "" || o.How != store.OnDisk {
		t.Errorf("it was opened as %+v", o)
	}
	count, states, draft, last := map[string]int{}, map[string]store.State{}, -1, ""
	chats, _, err := s.Chats(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range chats {
		rows, _, err := s.Page(t.Context(), c.ID, 0, 10_000)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range rows {
			count[m.Body]++
			states[m.Body] = m.State
			if !m.Outgoing {
				last = m.Body
			}
		}
		if k, ok := strings.CutPrefix(c.Draft, "draft "); ok {
			draft, _ = strconv.Atoi(k)
		}
		var top string
		held, err := s.Ranges(t.Context(), c.Account, "alice@example.org", "")
		if err != nil || len(held) > 1 {
			t.Errorf("held: %+v (%v)", held, err)
		}
		if len(held) > 0 {
			top = held[0].LastID
		}
		if top != last {
			t.Errorf("the archive is held up to %q, the last message is %q", top, last)
		}
	}
	for body, n := range count {
		if n != 1 || body == "a line that is taken back" {
			t.Errorf("%q is there %d times", body, n)
		}
	}
	for _, line := range said {
		kind, arg, _ := strings.Cut(line, " ")
		k, _ := strconv.Atoi(arg)
		switch kind {
		case "own":
			if count["own line "+arg] != 1 {
				t.Errorf("own line %s was stored and is not there", arg)
			}
		case "settled":
			if states["own line "+arg] != store.Sent {
				t.Errorf("own line %s was sent and is in state %d", arg, states["own line "+arg])
			}
		case "line":
			if count["line "+arg] != 1 {
				t.Errorf("line %s was stored and is not there", arg)
			}
		case "draft":
			// A line that was queued took the draft away.
			if draft >= 0 && draft < k && !slices.Contains(said, "draft "+strconv.Itoa(k+1)) {
				t.Errorf("the draft is %d, stored was %d", draft, k)
			}
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	checkSound(t, dir)
}

// TestCrashPoints kills a process that writes, at each point of a commit and at
// moments of no choice, again and again over the same files.
func TestCrashPoints(t *testing.T) {
	const seed = 5
	rng := rand.New(rand.NewPCG(seed, 2))
	dir := t.TempDir()
	for _, point := range []string{store.PointMigrate, store.PointMade, store.PointBegin, store.PointChange, store.PointCommit, store.PointCommitted, store.PointTold, store.PointClose} {
		times := []int{1}
		switch point {
		case store.PointMade, store.PointMigrate, store.PointClose:
		default:
			times = append(times, 2+rng.IntN(4), 8+rng.IntN(10))
		}
		for _, n := range times {
			if point == store.PointMade || point == store.PointMigrate {
				dir = t.TempDir() // there they are passed at the first start only
			}
			said := life(t, dir, point, n, 0)
			if slices.Contains(said, "done 0") {
				t.Errorf("%s was not passed %d times", point, n)
			}
			t.Logf("%s %d: %d lines", point, n, len(said))
			afterCrash(t, dir, said)
		}
	}
	for range 8 {
		lines := 1 + rng.IntN(30)
		afterCrash(t, dir, life(t, dir, "", 0, lines))
	}
	if said := life(t, dir, "", 0, 0); !slices.Contains(said, "done 0") {
		t.Error("the last life did not end in order")
	}
	afterCrash(t, dir, nil)
}

// TestCrashPointsSealed does the same to a sealed database, and to one that becomes
// sealed and ceases to be while others write.
func TestCrashPointsSealed(t *testing.T) {
	const seed = 7
	rng := rand.New(rand.NewPCG(seed, 2))
	for _, turns := range []bool{false, true} {
		dir, n := t.TempDir(), 6
		points := []string{store.PointBegin, store.PointCommit, store.PointCommitted, store.PointClose}
		if turns {
			points, n = []string{store.PointCopied, store.PointTurn, store.PointTurned, store.PointCommit}, 10
			touch(t, filepath.Join(dir, "turns"))
		} else {
			touch(t, filepath.Join(dir, "sealed"))
		}
		for _, point := range points {
			for _, times := range []int{1, 2} {
				if times == 2 && point == store.PointClose {
					continue
				}
				said := life(t, dir, point, times, 0)
				if slices.Contains(said, "done 0") {
					t.Errorf("%s was not passed %d times", point, times)
				}
				afterCrash(t, dir, said)
			}
		}
		for range n {
			afterCrash(t, dir, life(t, dir, "", 0, 1+rng.IntN(30)))
		}
		if said := life(t, dir, "", 0, 0); !slices.Contains(said, "done 0") {
			t.Error("the last life did not end in order")
		}
		afterCrash(t, dir, nil)
	}
}

// TestCrashWhileReplacing: a damaged database is replaced however often the
// process dies over it, and what could be read is there.
func TestCrashWhileReplacing(t *testing.T) {
	for _, sealed := range []bool{false, true} {
		crashWhileReplacing(t, sealed)
	}
}

func crashWhileReplacing(t *testing.T, sealed bool) {
	dir := seededAs(t, false, sealed)
	change(t, filepath.Join(dir, "sotto.db"), flip(0))
	for _, point := range []string{store.PointMigrate, store.PointMade, store.PointSaved, store.PointAside} {
		if said := life(t, dir, point, 1, 0); len(said) != 0 {
			t.Fatalf("it did not die at %s but said %q", point, said)
		}
	}
	s, err := store.Open(t.Context(), store.Options{Dir: dir, Key: keyOf(dir)})
	if err != nil {
		t.Fatal(err)
	}
	chats, _, err := s.Chats(t.Context())
	if err != nil || len(chats) != 1 || chats[0].Draft != heldDraft {
		t.Fatalf("got %+v (%v)", chats, err)
	}
	out, err := s.Outbox(t.Context(), chats[0].Account)
	if err != nil || len(out) != heldUnsent {
		t.Errorf("got %d unsent lines (%v)", len(out), err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if names := broken(t, dir); len(names) != 1 {
		t.Errorf("kept: %q", names)
	}
	checkSound(t, dir)
}
