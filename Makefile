# sotto: what there is to do. `make test` installs what it needs (Debian, Ubuntu).
GO ?= go
STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.8.2
PREFIX ?= /usr/local
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo 0.1.0-dev)
FUZZTIME ?= 30s

.PHONY: build demo test unit check deps bench fuzz soak screenshots install clean

build:
	$(GO) build -trimpath -ldflags "-s -w -X main.version=$(VERSION)" -o bin/sotto .

demo:
	$(GO) run . demo

# The database engine is left out of the race detector: it is C made into Go, and most of the time.
test: deps check
	$(GO) test -race -gcflags='modernc.org/...=-race=false' -timeout 14m ./...

# What needs neither servers nor a C compiler.
unit:
	$(GO) test ./...

check:
	@bad=$$(gofmt -l $$(git ls-files '*.go')); test -z "$$bad" || { echo "not gofmt'ed: $$bad"; exit 1; }
	$(GO) vet ./...
	$(GO) run $(STATICCHECK) ./...

deps:
	@bash .ci/deps

bench: build
	$(GO) test -run '^$$' -bench . -benchmem -timeout 30m ./...

fuzz:
	@for p in $$($(GO) list ./...); do \
		for f in $$($(GO) test -list '^Fuzz' $$p | grep '^Fuzz'); do \
			echo "== $$p $$f"; $(GO) test -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZTIME) $$p || exit 1; \
		done; \
	done

soak:
	SOTTO_SOAK=1 $(GO) test -tags soak -timeout 2h -count 10 ./session/... ./store/... ./ui/...

# The pictures of the README, of real runs of the demo. Debian: fonts-dejavu-core, fonts-symbola.
screenshots:
	$(GO) test ./internal/shot -run TestScreenshots -count 1 -write

install: build
	install -Dm755 bin/sotto $(DESTDIR)$(PREFIX)/bin/sotto
	install -Dm644 docs/sotto.1 $(DESTDIR)$(PREFIX)/share/man/man1/sotto.1
	install -Dm644 docs/sotto.5 $(DESTDIR)$(PREFIX)/share/man/man5/sotto.5
	install -Dm644 docs/sotto.desktop $(DESTDIR)$(PREFIX)/share/applications/sotto.desktop
	install -Dm644 docs/completion/sotto.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/sotto
	install -Dm644 docs/completion/_sotto $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_sotto
	install -Dm644 docs/completion/sotto.fish $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/sotto.fish

clean:
	rm -rf bin
