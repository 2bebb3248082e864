package session_test

import (
	"path/filepath"
	"syscall"
	"testing"
)

// TestImportOfAPipe: nobody waits for what may never come.
func TestImportOfAPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if e := offlineClient(t).imports(path); e.Problem == nil || e.Problem.Code != "import-open" {
		t.Errorf("got %+v", e)
	}
}
