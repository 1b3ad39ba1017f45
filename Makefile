# make run    install what is missing, build, start everything with sample content
# make test   install what the tests need, run them all with the race detector, print the totals
# make demo   drive the sample tickets through the whole path, no hands needed
# make bench  the figures of docs/performance.md
# make conformance  every desk against a fake of its platform: the table case × adapter
# make conformance-llm  every model preset against its product's scripted server: the table case × preset
# make eval-retrieval  search on labelled sets, one table
# make eval-drafts  what drafts say, cite and decline without a model, one table
# make attack  hostile requests at every entrance, one table
# make eval-guards  what becomes of careless and wicked answers, kind by kind
# make check  format, vet, staticcheck, known vulnerabilities, licences
GO      ?= go
BIN     := bin/footnote
LDFLAGS := -s -w
TOOL    := $(GO) tool -modfile=.ci/tools.mod

.PHONY: run build test test-short conformance conformance-llm check bench bench-growth bench-volume eval-retrieval eval-drafts eval-guards calibration demo faults campaign hostile attack day vuln licences fmt clean

run: build
	@$(BIN) up --sample

build:
	@.ci/setup postgres
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o $(BIN) ./cmd/footnote

# Tests that take thousands of inputs through one function would take most of the time under the race detector
# and have nothing to race: they run without it, after the others. Tests that judge what drafts say or what pages read are of this kind, too.
MEASURING    := TestRealInput|TestEntrances|TestFloors|TestSlipsLoseLittle|TestHybridIsNeverWorse|TestRealSnapshots|TestHostileTickets|TestHostileText|TestHostileTypes|TestHostileShapesEnd|TestNamedSizesAreClamped|TestEvilDraftsAreBlocked|TestTrueRepliesAreNotHeld|TestReadIsLinear|TestReplyF1|TestPlainIsLinear|TestWidenHostile|TestEmptyLinesAreCheap|TestSurfaceLimits|TestCardLimits|TestFormLimits|TestSampleAnswers|TestDirectQuestions|TestSupportTellsAnswerableFromNot|TestPagesReadBoundedRows|TestFigures|TestGroundingSets|TestWickedVariants|TestPlantedValues|TestOnLabelledText|TestHostileTexts|TestLarge
MEASURING_IN = $(shell grep -rlE --include='*_test.go' '^func ($(MEASURING)).t ' . | xargs -n1 dirname | sort -u)

test:
	@.ci/setup postgres cc chromium
	@.ci/gotest -race -timeout 60m -skip '^($(MEASURING))$$' ./cmd/footnote ./... -- -timeout 60m -run '^($(MEASURING))$$' ./cmd/footnote $(MEASURING_IN)

test-short:
	@.ci/setup postgres
	@.ci/gotest -short ./...

conformance:
	@.ci/setup postgres
	@.ci/conformance

conformance-llm:
	@.ci/conformance-llm

demo: build
	@$(BIN) demo

# The figures of docs/performance.md: medians on this machine, ratios against a peer in the same run.
bench: build
	@.ci/setup postgres
	$(GO) test -run '^$$' -bench 'Sparse$$' -benchtime 5x ./knowledge/local
	$(GO) test -run '^$$' -bench 'Press|Ack' -benchtime 1000x ./bots/slack
	$(GO) test -run '^$$' -bench Growth -benchtime 300x -timeout 20m ./knowledge/qdrant
	$(BIN) bench

# Search on every labelled set beside the repository, with intervals; docs/retrieval.md keeps the table.
eval-retrieval: build
	@$(BIN) eval sets ../shared/data

# Drafts with no model on every labelled set beside the repository; docs/drafts.md keeps the table.
eval-drafts: build
	@$(BIN) eval drafts ../shared/data

# What becomes of careless and wicked answers of a model, kind by kind, and how well unsupported text is told; docs/guards.md.
eval-guards: build
	@$(GO) test ./pipeline/drafting -run 'Evil|Wicked' -count=1 -v
	@$(BIN) eval grounding ../shared/data

# Fits the probability that sources answer, and writes what ships; docs/retrieval.md keeps the tables it prints.
calibration: build
	@$(BIN) eval calibration ../shared/data --write knowledge/search/answerable.json

# The growth curve up to a million passages: needs 5 GB and a quarter of an hour.
bench-growth:
	@.ci/setup postgres
	FOOTNOTE_GROWTH="10000 100000 1000000" $(GO) test -run '^$$' -bench Growth -benchtime 300x -timeout 60m ./knowledge/qdrant

# Every page on made-up pasts of growing size; docs/performance.md keeps the table. Five million tickets need 50 GB
# and an hour: FOOTNOTE_VOLUME="100000 1000000 5000000" make bench-volume. FOOTNOTE_VOLUME_DIR keeps the pasts.
bench-volume:
	@.ci/setup postgres
	FOOTNOTE_VOLUME="$${FOOTNOTE_VOLUME:-10000 100000}" $(GO) test -count=1 -timeout 240m -run 'TestVolume$$|TestPagesReadBoundedRows' -v ./cmd/footnote

# The long fault campaign: 200 kills over 2,000 tickets (CI runs a short form of it).
faults:
	@.ci/setup postgres
	FOOTNOTE_KILLS=200 FOOTNOTE_TICKETS=2000 $(GO) test -count=1 -timeout 60m -run 'TestKilledAnywhere|TestOracleSeesSeededBugs' -v ./cmd/footnote

# Roles apart: three NATS servers, a database, an index and two processes of every role, killed 60 times over 600
# tickets, then restarted one after the other (CI runs a short form of it).
campaign:
	@.ci/setup postgres
	FOOTNOTE_FLEET=all FOOTNOTE_KILLS=60 FOOTNOTE_TICKETS=600 $(GO) test -count=1 -timeout 60m -run 'TestFleetUnderKills|TestRollingRestart' -v ./cmd/footnote

# 10,000 documents made to break a parser, within their budgets (CI runs 150).
hostile:
	FOOTNOTE_HOSTILE=10000 $(GO) test -count=1 -timeout 60m -run TestHostileDocuments -v ./knowledge/worker

# Hostile requests at every entrance of a throw-away installation, on loopback: entrance, kind, how many were refused,
# served, ended, failed (5xx), and how often it fell (CI sends 12 of each).
attack:
	@.ci/setup postgres
	FOOTNOTE_ATTACK=$${FOOTNOTE_ATTACK:-200} $(GO) test -count=1 -timeout 30m -run 'TestAttack$$|TestHostileConnections$$' -v ./cmd/footnote

# A day of 10,000 tickets in ten minutes with one of four desks down throughout, then the same without
# that desk: nothing lost, nothing twice, the others' p99 within 20 % (CI runs a short form of it).
day:
	@.ci/setup postgres
	FOOTNOTE_DAY=10000 $(GO) test -count=1 -timeout 60m -run TestDayWithOneDeskDown -v ./cmd/footnote

check:
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { echo "gofmt these files:"; gofmt -l $$(git ls-files '*.go'); exit 1; }
	$(GO) vet ./...
	$(GO) mod verify
	$(GO) mod tidy -diff
	$(TOOL) staticcheck ./...
	@$(MAKE) --no-print-directory vuln
	@$(MAKE) --no-print-directory licences

# Known vulnerabilities need the database at vuln.go.dev: said plainly where it cannot be reached.
vuln:
	@out=$$($(TOOL) govulncheck ./... 2>&1); code=$$?; \
	if [ $$code -eq 0 ]; then echo "govulncheck: no known vulnerabilities"; \
	elif echo "$$out" | grep -qE 'dial tcp|no such host|connection refused|i/o timeout|Forbidden|fetching vulnerabilities|proxyconnect'; then echo "govulncheck: skipped, its database cannot be reached"; \
	else echo "$$out"; exit $$code; fi

# Module, version and licence of everything that is built in; one without a licence fails.
licences:
	@.ci/licences

fmt:
	gofmt -w $$(git ls-files '*.go')

clean:
	rm -rf bin
