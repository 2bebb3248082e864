package screen

import (
	"os"
	"path/filepath"
	"strings"
)

// Detached returns how to find out whether the tmux or GNU screen session of
// this terminal has nobody attached; nil: there is none, or its socket is not
// found. Both take the execute bit from their socket while nobody is attached.
// user is the name of the user. The function looks at the disk.
func (e Env) Detached(user string) func() bool {
	var socket string
	switch {
	case e.Tmux != "":
		socket, _, _ = strings.Cut(e.Tmux, ",")
	case e.STY != "":
		for _, dir := range []string{"/run/screen/S-" + user, "/var/run/screen/S-" + user, "/tmp/screens/S-" + user} {
			if p := filepath.Join(dir, e.STY); exists(p) {
				socket = p
			}
		}
	}
	if socket == "" || !exists(socket) {
		return nil
	}
	return func() bool {
		st, err := os.Stat(socket)
		return err == nil && st.Mode().Perm()&0o100 == 0
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
