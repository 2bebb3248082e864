package ui

import (
	"bufio"
	"errors"
	"os/exec"
	"strings"
	"testing"

	"github.com/godbus/dbus/v5"

	"sotto/session"
)

// notifications is a service that shows nothing and remembers all.
type notifications struct{ told chan [4]string }

func (n *notifications) Notify(app string, replaces uint32, _, title, body string, _ []string, _ map[string]dbus.Variant, _ int32) (uint32, *dbus.Error) {
	n.told <- [4]string{app, title, body, map[bool]string{true: "again"}[replaces == 7]}
	return 7, nil
}

// bus starts a bus of its own.
func bus(t *testing.T) (dial func() (*dbus.Conn, error)) {
	t.Helper()
	path, err := exec.LookPath("dbus-daemon")
	if err != nil {
		t.Skip("dbus-daemon is not installed")
	}
	c := exec.Command(path, "--session", "--nofork", "--print-address")
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Process.Kill(); _ = c.Wait() })
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return func() (*dbus.Conn, error) { return dbus.Connect(strings.TrimSpace(address)) }
}

// TestDesktop: the desktop is told by its own service, in words that cannot be
// taken for markup, and one chat replaces its own notification.
func TestDesktop(t *testing.T) {
	dial := bus(t)
	service, err := dial()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = service.Close() }()
	n := &notifications{make(chan [4]string, 8)}
	if err := service.Export(n, "/org/freedesktop/Notifications", "org.freedesktop.Notifications"); err != nil {
		t.Fatal(err)
	}
	if _, err := service.RequestName("org.freedesktop.Notifications", 0); err != nil {
		t.Fatal(err)
	}
	d := &desktop{dial: dial}
	defer d.close()
	for i, again := range []string{"", "again"} {
		if !d.tell(t.Context(), "bob@example.org", "Bob", "<b>hello</b> & bye") {
			t.Fatalf("call %d failed", i)
		}
		if got, want := <-n.told, [4]string{"sotto", "Bob", "&lt;b&gt;hello&lt;/b&gt; &amp; bye", again}; got != want {
			t.Errorf("told %q, want %q", got, want)
		}
	}
	if !d.tell(t.Context(), "carol@example.org", "Carol", "hi") {
		t.Fatal("another chat failed")
	}
	if got := <-n.told; got[3] != "" {
		t.Error("another chat replaced the first")
	}
	// Nobody there: it says so, and tries again at the next one.
	if _, err := service.ReleaseName("org.freedesktop.Notifications"); err != nil {
		t.Fatal(err)
	}
	if d.tell(t.Context(), "bob@example.org", "Bob", "hello") || d.failed {
		t.Error("a service that is gone showed it, or is given up")
	}
}

// TestWithoutDesktop: where the bus cannot be reached the terminal is told.
func TestWithoutDesktop(t *testing.T) {
	d := &desktop{dial: func() (*dbus.Conn, error) { return nil, errors.New("no bus") }}
	if d.tell(t.Context(), "x", "y", "z") || !d.failed {
		t.Error("told nobody, and not given up")
	}
	r := newRig(t, 80, 24, village)
	var told []string
	r.a.t.Notify = func(seq []byte) { told = append(told, string(seq)) }
	r.a.t.Notifier = "osc9"
	r.a.t.Desktop = d.dial
	r.a.m.accounts[0].Link = session.Online
	r.a.notify(notification{account: r.acc, title: "Bob", said: "wrote", body: "hello"})
	if len(told) != 0 || len(r.a.desk) != 1 {
		t.Errorf("told the terminal %q, the desktop %d", told, len(r.a.desk))
	}
	r.a.noDesktop = true
	r.a.notify(notification{account: r.acc, title: "Bob", said: "wrote", body: "hello"})
	if len(told) != 1 || !strings.Contains(told[0], "hello") {
		t.Errorf("told the terminal %q", told)
	}
}
