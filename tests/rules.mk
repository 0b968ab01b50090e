# rules.mk - the tests' part of the Makefile, which includes it: programs of the tests, and what runs them.

FUZZ_SECONDS ?= 30
ifneq ($(origin N),command line)
N :=
endif
.PHONY: plots test unit unit-programs tests e2e sanitized asan tsan coverage oom oom-programs fuzz fuzz-replay replay-programs fuzz-keep \
	fuzz-coverage fuzz-server test-deb test-debian13 bench bench-parts profile

# hundreds of programs are linked for tests: by the quickest linker that is here (the server by the ordinary one). mold 1.10 of
# Debian 12 is none of them: some programs it links cannot be loaded, of others it never ends.
QUICK_LD := $(patsubst %,-fuse-ld=%,$(firstword $(foreach l,lld gold,$(if $(shell command -v ld.$l),$l))))
quick_link = $(call link,$(1),$(2) $(QUICK_LD))

# ---- libraries

# those of the tests alone, in tests/media and tests/relay
TEST_FOLDERS := media relay
media_below  := codec layout base
relay_below  := base

peer_pkg     := libcurl jansson libavformat $(mixer_pkg)
media_pkg    := libavformat $(codec_pkg)
floor_pkg    := libavformat libavcodec libavutil libswscale openssl opus
relay_pkg    := $(base_pkg)

peer_libs    := -lyuv -lm
media_libs   := -lyuv -lm
floor_libs   := -lyuv -lm
relay_libs   := -lm

# ---- sources

peer_src      := $(wildcard tests/peer/*.c)
media_src     := $(wildcard tests/media/*.c)
crowd_src     := $(wildcard tests/bench/crowd/*.c) $(filter-out %/main.c,$(peer_src))
relay_src     := $(filter-out tests/relay/main.c,$(wildcard tests/relay/*.c))
common_src    := $(filter-out %/only.c %/fake_time.c,$(wildcard tests/unit/common/*.c))

fuzz_common_src := $(filter-out tests/fuzz/replay.c $(wildcard tests/fuzz/fuzz_*.c),$(wildcard tests/fuzz/*.c))

UNTHREADED := config codec layout media
UNIT_SRC   := $(wildcard tests/unit/*/test_*.c tests/unit/*/*/test_*.c)
# the archives that a single source file needs, told by its includes: what a fuzz target or bench names, and below
includes_of = $(shell sed -nE 's,^.include "(tests/)?(doctor|server|config|control|mixer|transport|codec|container|layout|base|media|relay)/.*,\2,p' $(1) | sort -u)
needs = $(patsubst %,$(B)/lib%.a,$(call in_order,$(sort $(foreach f,$(call includes_of,$(1)),$(f) $($(f)_below)))))
in_order = $(foreach f,media relay doctor server control config mixer transport container codec layout base,$(filter $(f),$(1)))

BENCH_TOOLS := $(B)/crowd $(B)/floor $(B)/psnr $(B)/peer
BENCH    := $(patsubst tests/bench/%.c,$(B)/%,$(wildcard tests/bench/bench_*.c))
FUZZ_ALL := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ     := $(if $(T),$(filter $(T),$(FUZZ_ALL)),$(FUZZ_ALL))
TOOLS    := $(if $(peer_src),$(B)/peer) $(if $(wildcard tests/relay/main.c),$(B)/relay)

# T=transport/rtp/test_rtp takes one program of unit tests, T=transport a folder; N=NAME tests of that name, * and ? as in a shell
UNIT_SEL := $(if $(T),$(wildcard tests/unit/$(T).c tests/unit/$(T)/test_*.c tests/unit/$(T)/*/test_*.c),$(UNIT_SRC))
# tests whose loops and strands run on their own thread
FAKE_TIME := $(shell grep -l '^.include "tests/unit/common/fake_time.h"' $(UNIT_SRC))
# nothing in these folders begins a thread, nor in what calls a voice alone, nor where time is fake: ThreadSanitizer has nothing to see
# there, and takes its time
ifeq ($(T)$(SAN),thread)
UNIT_SEL := $(filter-out $(patsubst %,tests/unit/%/%,$(UNTHREADED)) tests/unit/mixer/audio/test_voice% $(FAKE_TIME),$(UNIT_SRC))
endif
UNIT     := $(patsubst %.c,$(B)/%,$(UNIT_SEL))

# ---- objects and archives

$(eval $(call folder_rules,tests/peer,peer))
$(foreach f,$(TEST_FOLDERS),$(eval $(call folder_rules,tests/$(f),$(f))))
$(eval $(call folder_rules,tests/bench,control))
$(eval $(call folder_rules,tests/bench/crowd,peer))
# libFuzzer declares LLVMFuzzerTestOneInput nowhere
$(eval $(call folder_rules,tests/fuzz,control,-Wno-missing-prototypes))
# most of what is compiled, and little of what runs; at -O1 the lengths that snprintf is warned of are guesses
unit_flags := -O1 -Wno-format-truncation
$(eval $(call folder_rules,tests/unit/common,base,$(unit_flags)))
$(foreach f,$(FOLDERS) $(TEST_FOLDERS),$(eval $(call folder_rules,tests/unit/$(f),$(f),$(unit_flags))))
$(foreach f,$(TEST_FOLDERS) common,$(eval $(call archive_rule,$(f))))

# ---- programs

$(B)/peer: $(call obj,$(peer_src)) $(B)/libmedia.a $(B)/librelay.a $(patsubst %,$(B)/lib%.a,$(mixer_below))
	$(call quick_link,peer)

$(B)/crowd: $(call obj,$(crowd_src)) $(B)/libmedia.a $(B)/librelay.a $(patsubst %,$(B)/lib%.a,$(mixer_below))
	$(call quick_link,peer)

$(B)/relay: $(B)/o/tests/relay/main.o $(call archives,relay)
	$(call quick_link,relay)

# the yardsticks: they share nothing with the server
$(B)/floor $(B)/psnr: $(B)/%: $(B)/o/tests/bench/%.o
	$(call quick_link,floor)

define bench_rule
$(B)/bench_$(1): $(B)/o/tests/bench/bench_$(1).o $(call needs,tests/bench/bench_$(1).c)
	$$(call quick_link,control)
endef
$(foreach b,$(patsubst $(B)/bench_%,%,$(BENCH)),$(eval $(call bench_rule,$(b))))

# the same target twice: fuzz_x with libFuzzer (make fuzz), replay_x as an ordinary test over the corpus
define fuzz_rule
$(B)/fuzz_$(1) $(B)/replay_$(1): $(B)/o/tests/fuzz/fuzz_$(1).o $(call obj,$(fuzz_common_src)) $(call needs,tests/fuzz/fuzz_$(1).c)
$(B)/replay_$(1): $(B)/o/tests/fuzz/replay.o
	$$(call quick_link,control)
$(B)/fuzz_$(1):
	$$(call quick_link,control,-fsanitize=fuzzer)
endef
$(foreach f,$(FUZZ_ALL),$(eval $(call fuzz_rule,$(f))))

# a unit test links its folder's floor and below, helpers of its own folder and of the whole (any .c not named test_*), and of common/
unit_helpers = tests/unit/common/only.c $(foreach d,$(sort $(1) $(firstword $(subst /, ,$(1)))),$(filter-out $(wildcard tests/unit/$d/test_*.c),$(wildcard tests/unit/$d/*.c)))
define unit_rule
$(B)/tests/unit/$(1)/test_%: $(B)/o/tests/unit/$(1)/test_%.o \
		$(call obj,$(call unit_helpers,$(1))) $(B)/libcommon.a $(call archives,$(firstword $(subst /, ,$(1))))
	$$(call quick_link,$(firstword $(subst /, ,$(1))),-lcmocka)
endef
$(foreach d,$(sort $(patsubst tests/unit/%/,%,$(dir $(UNIT_SRC)))),$(eval $(call unit_rule,$(d))))
# in no archive: it takes the place of base's clock, loop and strand in the tests that include it, and in no other
$(foreach t,$(FAKE_TIME),$(eval $(B)/$(t:.c=) $(B)/oom/$(t:.c=): $(B)/o/tests/unit/common/fake_time.o))

# ---- tests

tests: $(patsubst %.c,$(B)/%,$(UNIT_SRC)) $(TOOLS) $(BENCH_TOOLS) $(BENCH) $(patsubst %,$(B)/replay_%,$(FUZZ_ALL)) ## builds all tests and test tools, runs nothing

ifneq ($(T),)
ifeq ($(filter e2e,$(MAKECMDGOALS))$(UNIT_SEL)$(FUZZ),)
$(error T=$(T): there is no tests/unit/$(T).c, no test in tests/unit/$(T)/ and no fuzz target of that name)
endif
endif

unit: $(UNIT) ## unit tests; T=transport/rtp/test_rtp or T=transport selects programs, N='wraps*' tests by name
	@V=$(V) TEST_NAME='$(N)' tools/run-tests -j $(JOBS) $(UNIT)

REPLAY := $(patsubst %,$(B)/replay_%,$(FUZZ))
fuzz-replay: $(REPLAY) ## fuzz targets over their corpora, as ordinary tests; T=rtp selects
	@V=$(V) tools/run-tests -j $(JOBS) $(REPLAY)

# flavours: the same Makefile in a folder below $(B)
flavour = $(MAKE) --no-print-directory B=$(B)/$(1) T='$(T)' N='$(N)' V=$(V)

server = $(if $(T),,$(if $(wildcard main.c),all))

asan: ## unit tests and fuzz replays under AddressSanitizer and UBSan; $(B)/asan/tessera
	+$(Q)rc=0; \
	$(call flavour,asan) SAN=address,undefined -k $(server) unit || rc=1; \
	$(if $(T),,$(call flavour,asan) SAN=address,undefined fuzz-replay || rc=1;) \
	exit $$rc

unit-programs: $(UNIT)
replay-programs: $(REPLAY)
sanitized: ## builds what asan, tsan and fuzz run, and runs nothing
	+$(Q)rc=0; \
	$(call flavour,asan) SAN=address,undefined -k all unit-programs replay-programs || rc=1; \
	$(call flavour,tsan) SAN=thread -k all unit-programs || rc=1; \
	$(call flavour,fuzz) CC=clang SAN=fuzzer-no-link,address,undefined -k $(patsubst %,$(B)/fuzz/fuzz_%,$(FUZZ)) || rc=1; \
	exit $$rc

tsan: ## unit tests under ThreadSanitizer; $(B)/tsan/tessera
	+$(Q)$(call flavour,tsan) SAN=thread -k $(server) unit

# lines that are reached are counted in what is run of this flavour
counted = $(call flavour,gcov) WERROR=0 OPT='-Og -g -fprofile-update=atomic' CFLAGS=--coverage LDFLAGS=--coverage $(1)

# with all of the folders in the sum: a file that no test links counts as well
coverage: ## lines that unit tests reach: the whole, and each folder; $(B)/coverage.csv has the files
	@tools/setup coverage
	+$(Q)find $(B)/gcov -name '*.gcda' -delete 2>/dev/null; $(call counted,all unit)
	@gcovr --root . --csv --output $(B)/coverage.csv $(patsubst %,--filter '%/',$(FOLDERS)) $(B)/gcov/o
	@awk -F, 'NR > 1 { split($$1, at, "/"); for (i = 1; i < 3; i++) { f = i == 1 ? "whole" : at[1] "/"; all[f] += $$2; hit[f] += $$3 } } \
		END { for (f in all) printf "%-12s %5.1f %% of %6d lines\n", f, 100 * hit[f] / all[f], all[f] }' $(B)/coverage.csv | sort

# the archives of asan, whose calls of malloc and the like go to tests/oom/oom.c
OOM := $(filter-out $(patsubst %,$(B)/oom/tests/unit/%/%,$(TEST_FOLDERS)),$(patsubst $(B)/%,$(B)/oom/%,$(UNIT)))
$(eval $(call folder_rules,tests/oom,base))
$(B)/oom/symbols: tests/oom/oom.c
	@mkdir -p $(@D)
	@sed -nE 's/^[A-Z]+\(([A-Za-z0-9_]+).*/\1 ts_oom_\1/p' $< >$@
$(B)/oom/lib%.a: $(B)/lib%.a $(B)/oom/symbols
	$(Q)objcopy --redefine-syms=$(B)/oom/symbols $< $@
define oom_rule
$(B)/oom/tests/unit/$(1)/test_%: $(B)/o/tests/unit/$(1)/test_%.o $(B)/o/tests/oom/oom.o $(call obj,$(call unit_helpers,$(1))) \
		$(B)/libcommon.a $(patsubst $(B)/%,$(B)/oom/%,$(call archives,$(firstword $(subst /, ,$(1)))))
	$$(call quick_link,$(firstword $(subst /, ,$(1))),-lcmocka)
endef
$(foreach d,$(sort $(patsubst tests/unit/%/,%,$(dir $(UNIT_SRC)))),$(eval $(call oom_rule,$(d))))
oom-programs: $(OOM)

oom: ## each unit test again and again, another allocation failing each time, under AddressSanitizer; T=base selects
	+$(Q)$(call flavour,asan) SAN=address,undefined -k oom-programs
	@JOBS=$(JOBS) tools/oom $(patsubst $(B)/%,$(B)/asan/%,$(OOM))

# clang's sanitizers have another runtime than gcc's: a corpus without finds under one is replayed under the other as well
FUZZERS := $(patsubst %,$(B)/fuzz/fuzz_%,$(FUZZ))
fuzz: ## libFuzzer for FUZZ_SECONDS (30) each, JOBS at a time; T=rtp selects; finds stay in $(B)/fuzz
	+$(Q)$(call flavour,fuzz) CC=clang SAN=fuzzer-no-link,address,undefined $(FUZZERS)
	@B=$(B)/fuzz JOBS=$(JOBS) tools/fuzz run $(FUZZ_SECONDS) $(FUZZ)

fuzz-keep: ## puts what "make fuzz" found of new ways through the code into tests/fuzz/corpus, few and small; T=rtp selects
	@B=$(B)/fuzz tools/fuzz keep $(FUZZ)

fuzz-coverage: ## lines that the corpora reach: fills in the table of docs/FUZZING.md
	@tools/setup coverage
	+$(Q)find $(B)/gcov -name '*.gcda' -delete 2>/dev/null; $(call counted,replay-programs)
	@B=$(B)/gcov tools/fuzz coverage $(FUZZ)

test-deb: $(B)/peer ## builds the Debian package, installs, runs and purges it in a fresh chroot (root, debootstrap, lintian)
	@B=$(B) tools/test-deb

test-debian13: ## builds and tests in a chroot of Debian 13 (root, debootstrap; some minutes)
	@tools/debian13

# tests/e2e/run SERVER drives the real server; TS_BUILD names the folder with peer, relay and, if built, asan/tessera
comma := ,
e2e: $(B)/tessera $(TOOLS) ## the real server under real clients; T=joining,sip selects files, PART=waits a part of tests/e2e/run
	@TS_BUILD=$(B) tests/e2e/run $(B)/tessera $(if $(PART),--part $(PART)) $(subst $(comma), ,$(T))

SECONDS ?= 60
fuzz-server: $(TOOLS) ## anything in any order at $(B)/asan/tessera for SECONDS (60); SEED=n has a run again
	+$(Q)$(call flavour,asan) SAN=address,undefined all
	@STATE_SECONDS=$(SECONDS) STATE_SEED=$(SEED) STATE_HEALTH_MS=1000 TEST_SECONDS=$$(($(SECONDS) + 120)) TS_BUILD=$(B) \
		tests/e2e/run $(B)/asan/tessera state

# TABLES="rooms delay" takes single ones
bench: $(B)/tessera $(BENCH_TOOLS) ## what rooms cost beside the floor: tables, $(B)/bench.json; QUICK=1: 3 minutes
	@TS_BUILD=$(abspath $(B)) QUICK=$(QUICK) node tests/bench/bench.mjs $(TABLES) || true

profile: $(B)/tessera $(B)/crowd ## where the server's time goes, and who allocates: $(B)/profile.txt
	@TS_BUILD=$(abspath $(B)) node tests/bench/profile.mjs || true

PLOTS := steps loss-10 fairness-50 little-probed
plots: $(B)/tests/unit/transport/rtp/test_estimate_model ## docs/plots: the estimate of what a way carries, in its model
	@mkdir -p $(B)/plots docs/plots
	@TS_PLOTS=$(B)/plots $< >$(B)/plots/log 2>&1 || { cat $(B)/plots/log; exit 1; }
	@grep kbit $(B)/plots/log
	@tools/plots $(B)/plots docs/plots $(PLOTS)

bench-parts: $(BENCH) ## single parts: the compositor, a net thread
	@for b in $(BENCH); do echo "== $${b##*/}"; $$b || true; done

test: ## set-up, build, every test; the closing line counts them
	@tools/setup test
	@MAKE=$(MAKE) B=$(B) tools/test
