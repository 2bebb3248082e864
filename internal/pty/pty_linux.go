package pty

import (
	"errors"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"sotto/ui/screen/vt"
)

// patience is how long Until and Wait wait before the test fails.
const patience = 60 * time.Second

// Terminal is a program and the terminal it runs in.
type Terminal struct {
	t     testing.TB
	name  string
	cmd   *exec.Cmd
	dev   *os.File // the master side
	began time.Time

	mu    sync.Mutex
	model *vt.Terminal
	bytes int
	last  time.Time // of the last output
	out   []byte    // the last output, for a test that failed

	news chan struct{} // cap 1
	done chan struct{} // the program has ended and all it wrote was read
}

// Start runs a program in a new terminal of w by h. env is its whole
// environment but TERM and LANG. It is killed with the test.
func Start(t testing.TB, argv, env []string, w, h int) *Terminal {
	t.Helper()
	dev, line, err := open(w, h)
	if err != nil {
		t.Fatalf("open a pseudo-terminal: %v", err)
	}
	c := &Terminal{t: t, name: argv[0], dev: dev, model: vt.New(w, h), news: make(chan struct{}, 1), done: make(chan struct{})}
	c.cmd = exec.Command(argv[0], argv[1:]...)
	c.cmd.Env = append([]string{"TERM=xterm-256color", "LANG=C.UTF-8"}, env...)
	c.cmd.Stdin, c.cmd.Stdout, c.cmd.Stderr = line, line, line
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	c.began = time.Now()
	c.last = c.began
	err = c.cmd.Start()
	_ = line.Close() // the program has its own; when the last is closed, reading ends
	if err != nil {
		_ = dev.Close()
		t.Fatalf("start %s: %v", argv[0], err)
	}
	read := make(chan struct{})
	go func() { defer close(read); c.read() }()
	go func() {
		_ = c.cmd.Wait()
		<-read
		close(c.done)
	}()
	t.Cleanup(func() {
		_ = c.cmd.Process.Kill()
		<-c.done
		_ = dev.Close()
	})
	return c
}

// open makes a pseudo-terminal and gives both its sides.
func open(w, h int) (dev, line *os.File, err error) {
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, nil, err
	}
	dev = os.NewFile(uintptr(fd), "/dev/ptmx") // non-blocking: Close ends a Read
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		err = resize(dev, w, h)
	}
	if err == nil {
		line, err = os.OpenFile("/dev/pts/"+strconv.Itoa(n), os.O_RDWR|unix.O_NOCTTY, 0)
	}
	if err != nil {
		_ = dev.Close()
	}
	return dev, line, err
}

func resize(dev *os.File, w, h int) error {
	raw, err := dev.SyscallConn()
	if err != nil {
		return err
	}
	var set error
	err = raw.Control(func(fd uintptr) {
		set = unix.IoctlSetWinsize(int(fd), unix.TIOCSWINSZ, &unix.Winsize{Row: uint16(h), Col: uint16(w)}) //nolint:gosec // sizes of tests
	})
	return errors.Join(err, set)
}

// read takes what the program writes until it has ended.
func (c *Terminal) read() {
	buf := make([]byte, 64<<10)
	for {
		n, err := c.dev.Read(buf)
		c.mu.Lock()
		if n > 0 {
			_, _ = c.model.Write(buf[:n])
			c.bytes += n
			c.last = time.Now()
			c.out = append(c.out[:0], buf[max(0, n-512):n]...)
		}
		c.mu.Unlock()
		select {
		case c.news <- struct{}{}:
		default:
		}
		if err != nil { // EIO once nobody has the other side
			return
		}
	}
}
