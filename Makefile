# tessera - the only Makefile. `make help` lists the targets.
#
# Every folder becomes one static archive in $(B); a program or test links the archives of its own floor and those below,
# so that a folder that does not compile breaks nothing but itself and what stands on it.
#
#   make B=/tmp/x ...       builds somewhere else            make V=1 ...       shows commands and all test output
#   make CC=clang ...       another compiler (other B!)      make WERROR=1 ...  warnings are errors, as in CI

B      ?= build
SAN    ?=
WERROR ?= $(if $(filter true 1,$(CI)),1,0)
V      ?= 0
T      ?=
PREFIX ?= /usr/local
FUZZ_SECONDS ?= 30
JOBS   ?= $(shell nproc)
ifeq ($(origin CC),default)
CC     := gcc
endif

VERSION := $(shell git describe --always --dirty --tags 2>/dev/null || echo 0.1)
ifeq ($(V),0)
Q := @
say = @printf '  %-6s %s\n' '$(1)' '$(2)'
endif

# ---- folders, the archives they need, and the libraries they wrap: all from tools/floors

# rows of whole folders as NAME:=value; what stands below, and the packages of that too
$(foreach a,$(shell awk -F'|' '/^[a-z]/ { gsub(/ +/, ";"); gsub(/^;|;$$/, "", $$1) } \
	/^[a-z]/ && $$1 !~ "/" { print "FOLDERS+=;" $$1, $$1 "_below:=" $$2, $$1 "_own_pkg:=" $$3 }' tools/floors),$(eval $(subst ;, ,$a)))
$(foreach f,$(FOLDERS),$(eval $f_pkg := $(sort $(foreach b,$f $($f_below),$($b_own_pkg)))))
# libraries of the tests alone, in tests/media and tests/relay
TEST_FOLDERS := media relay
media_below  := codec layout base
relay_below  := base

peer_pkg     := libcurl jansson libavformat $(mixer_pkg)
media_pkg    := libavformat $(codec_pkg)
floor_pkg    := libavformat libavcodec libavutil libswscale openssl opus
relay_pkg    := $(base_pkg)

# libyuv comes without a .pc file
layout_libs  := -lyuv -lm
codec_libs   := -lm
mixer_libs   := -lyuv -lm
control_libs := -lyuv -lm
peer_libs    := -lyuv -lm
media_libs   := -lyuv -lm
floor_libs   := -lyuv -lm
relay_libs   := -lm

# $(call pkg,cflags|libs,FOLDER): asks pkg-config once, and only when something is compiled ("make setup" comes before)
pkg = $(if $($(2)_$(1)_asked),,$(eval $(2)_$(1)_asked := 1)$(eval $(2)_$(1)_is := $(shell pkg-config --$(1) $($(2)_pkg))))$($(2)_$(1)_is)

# ---- flags

WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla
ifeq ($(WERROR),1)
WARN += -Werror
endif
OPT := -O2 -g -fno-omit-frame-pointer
ifneq ($(SAN),)
HARDEN := -fPIE -fsanitize=$(SAN) -fno-sanitize-recover=all
LDHARDEN := -pie -fsanitize=$(SAN)
else
# what this compiler knows (with its C library: an older one only warns of the third level)
hash   := \#
knows   = $(shell printf '$(hash)include <stdlib.h>\nint main(void){return 0;}' | $(CC) -O2 -Werror $(1) -x c -c -o /dev/null - 2>/dev/null && echo '$(1)')
FORTIFY := $(or $(call knows,-D_FORTIFY_SOURCE=3),-D_FORTIFY_SOURCE=2)
HARDEN := -fPIE $(FORTIFY) -fstack-protector-strong \
	$(foreach f,-fstack-clash-protection -ftrivial-auto-var-init=zero -fcf-protection,$(call knows,$f))
LDHARDEN := -pie -Wl,-z,relro,-z,now,-z,noexecstack
endif
ALL_CPPFLAGS := -I. -D_GNU_SOURCE $(CPPFLAGS)
ALL_CFLAGS   := -std=gnu11 $(OPT) -fvisibility=hidden $(HARDEN) $(WARN) $(CFLAGS)
ALL_LDFLAGS  := $(LDHARDEN) -Wl,--as-needed -pthread $(LDFLAGS)

# ---- sources

$(foreach f,$(FOLDERS),$(eval $f_src := $(sort $(wildcard $f/*.c $f/*/*.c))))
peer_src      := $(wildcard tests/peer/*.c)
media_src     := $(wildcard tests/media/*.c)
crowd_src     := $(wildcard tests/bench/crowd/*.c) $(filter-out %/main.c,$(peer_src))
relay_src     := $(filter-out tests/relay/main.c,$(wildcard tests/relay/*.c))
common_src    := $(filter-out %/fake_time.c,$(wildcard tests/unit/common/*.c))

fuzz_common_src := $(filter-out tests/fuzz/replay.c $(wildcard tests/fuzz/fuzz_*.c),$(wildcard tests/fuzz/*.c))

obj = $(patsubst %.c,$(B)/o/%.o,$(1))
# the archives of a folder and of those below it, in link order
archives = $(patsubst %,$(B)/lib%.a,$(1) $($(1)_below))

UNIT_SRC := $(wildcard tests/unit/*/test_*.c tests/unit/*/*/test_*.c)
# the archives that a single source file needs, told by its includes: what a fuzz target or bench names, and below
includes_of = $(shell sed -nE 's,^.include "(tests/)?(config|control|mixer|transport|codec|layout|base|media|relay)/.*,\2,p' $(1) | sort -u)
needs = $(patsubst %,$(B)/lib%.a,$(call in_order,$(sort $(foreach f,$(call includes_of,$(1)),$(f) $($(f)_below)))))
in_order = $(foreach f,media relay control config mixer transport codec layout base,$(filter $(f),$(1)))

BENCH_TOOLS := $(B)/crowd $(B)/floor $(B)/psnr $(B)/peer
BENCH    := $(patsubst tests/bench/%.c,$(B)/%,$(wildcard tests/bench/bench_*.c))
FUZZ_ALL := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZ     := $(if $(T),$(filter $(T),$(FUZZ_ALL)),$(FUZZ_ALL))
TOOLS    := $(if $(peer_src),$(B)/peer) $(if $(wildcard tests/relay/main.c),$(B)/relay)

# T=transport/rtp/test_rtp takes one unit test, T=transport a folder
UNIT_SEL := $(if $(T),$(wildcard tests/unit/$(T).c tests/unit/$(T)/test_*.c tests/unit/$(T)/*/test_*.c),$(UNIT_SRC))
UNIT     := $(patsubst %.c,$(B)/%,$(UNIT_SEL))

.DEFAULT_GOAL := all
.SUFFIXES:
.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: help all run test unit tests e2e asan tsan fuzz fuzz-replay fuzz-keep fuzz-coverage fuzz-server test-debian13 bench bench-parts profile lint tidy format install clean setup FORCE

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

all: $(B)/tessera ## the server: build/tessera

# ---- objects and archives

# holds the flags of the last build: other flags in the same folder rebuild everything
$(B)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) $(ALL_LDFLAGS)' | cmp -s - $@ || \
		echo '$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) $(ALL_LDFLAGS)' >$@

define compile
@mkdir -p $(@D)
$(call say,CC,$<)
$(Q)$(CC) $(ALL_CPPFLAGS) $(ALL_CFLAGS) $(1) -MMD -MP -c -o $@ $<
endef

# $(1) folder of sources, $(2) whose libraries, $(3) more flags
define folder_rules
$(B)/o/$(1)/%.o: $(1)/%.c $(B)/flags
	$$(call compile,$$(call pkg,cflags,$(2)) $(3))
endef
$(foreach f,$(FOLDERS),$(eval $(call folder_rules,$(f),$(f))))
$(eval $(call folder_rules,tests/peer,peer))
$(foreach f,$(TEST_FOLDERS),$(eval $(call folder_rules,tests/$(f),$(f))))
$(eval $(call folder_rules,tests/bench,control))
$(eval $(call folder_rules,tests/bench/crowd,peer))
# libFuzzer declares LLVMFuzzerTestOneInput nowhere
$(eval $(call folder_rules,tests/fuzz,control,-Wno-missing-prototypes))
$(eval $(call folder_rules,tests/unit/common,base))
$(foreach f,$(FOLDERS) $(TEST_FOLDERS),$(eval $(call folder_rules,tests/unit/$(f),$(f))))

# the pages are inside the binary
$(B)/o/control/api/web.o: $(wildcard web/*)
$(B)/o/layout/shipped.o: $(wildcard config/layouts/*.json)

$(B)/o/main.o: main.c $(B)/flags
	$(call compile,$(call pkg,cflags,control) -DTS_VERSION='"$(VERSION)"')

# lib.members holds the list of sources: a file that was removed must leave the archive too
# (ar q and not r, which goes by names without folders: control/sip and control/calls both have a call.o)
define archive_rule
$(B)/lib$(1).members: FORCE
	@mkdir -p $$(@D)
	@echo '$$($(1)_src)' | cmp -s - $$@ || echo '$$($(1)_src)' >$$@

$(B)/lib$(1).a: $$(call obj,$$($(1)_src)) $(B)/lib$(1).members
	@mkdir -p $$(@D)
	$$(call say,AR,$$@)
	$$(Q)rm -f $$@ && ar qcs $$@ $$(filter %.o,$$^)
endef
$(foreach f,$(FOLDERS) $(TEST_FOLDERS) common,$(eval $(call archive_rule,$(f))))

# ---- programs

# $(1) whose libraries
define link
@mkdir -p $(@D)
$(call say,LD,$@)
$(Q)$(CC) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(ALL_LDFLAGS) $(2) $($(1)_libs) $(call pkg,libs,$(1))
endef

$(B)/tessera: $(B)/o/main.o $(call archives,control)
	$(call link,control)

$(B)/peer: $(call obj,$(peer_src)) $(B)/libmedia.a $(B)/librelay.a $(patsubst %,$(B)/lib%.a,$(mixer_below))
	$(call link,peer)

$(B)/crowd: $(call obj,$(crowd_src)) $(B)/libmedia.a $(B)/librelay.a $(patsubst %,$(B)/lib%.a,$(mixer_below))
	$(call link,peer)

$(B)/relay: $(B)/o/tests/relay/main.o $(call archives,relay)
	$(call link,relay)

# the yardsticks: they share nothing with the server
$(B)/floor $(B)/psnr: $(B)/%: $(B)/o/tests/bench/%.o
	$(call link,floor)

define bench_rule
$(B)/bench_$(1): $(B)/o/tests/bench/bench_$(1).o $(call needs,tests/bench/bench_$(1).c)
	$$(call link,control)
endef
$(foreach b,$(patsubst $(B)/bench_%,%,$(BENCH)),$(eval $(call bench_rule,$(b))))

# the same target twice: fuzz_x with libFuzzer (make fuzz), replay_x as an ordinary test over the corpus
define fuzz_rule
$(B)/fuzz_$(1) $(B)/replay_$(1): $(B)/o/tests/fuzz/fuzz_$(1).o $(call obj,$(fuzz_common_src)) $(call needs,tests/fuzz/fuzz_$(1).c)
$(B)/replay_$(1): $(B)/o/tests/fuzz/replay.o
	$$(call link,control)
$(B)/fuzz_$(1):
	$$(call link,control,-fsanitize=fuzzer)
endef
$(foreach f,$(FUZZ_ALL),$(eval $(call fuzz_rule,$(f))))

# a unit test links its folder's floor and below, helpers of its own folder and of the whole (any .c not named test_*), and of common/
unit_helpers = $(foreach d,$(sort $(1) $(firstword $(subst /, ,$(1)))),$(filter-out $(wildcard tests/unit/$d/test_*.c),$(wildcard tests/unit/$d/*.c)))
define unit_rule
$(B)/tests/unit/$(1)/test_%: $(B)/o/tests/unit/$(1)/test_%.o \
		$(call obj,$(call unit_helpers,$(1))) $(B)/libcommon.a $(call archives,$(firstword $(subst /, ,$(1))))
	$$(call link,$(firstword $(subst /, ,$(1))),-lcmocka)
endef
$(foreach d,$(sort $(patsubst tests/unit/%/,%,$(dir $(UNIT_SRC)))),$(eval $(call unit_rule,$(d))))
# in no archive: it takes the place of base's clock, loop and strand in the tests that include it, and in no other
$(foreach t,$(shell grep -l '^.include "tests/unit/common/fake_time.h"' $(UNIT_SRC)),$(eval $(B)/$(t:.c=): $(B)/o/tests/unit/common/fake_time.o))

# ---- tests

tests: $(patsubst %.c,$(B)/%,$(UNIT_SRC)) $(TOOLS) $(BENCH_TOOLS) $(BENCH) ## builds all tests and test tools, runs nothing

ifneq ($(T),)
ifeq ($(UNIT_SEL)$(FUZZ),)
$(error T=$(T): there is no tests/unit/$(T).c, no test in tests/unit/$(T)/ and no fuzz target of that name)
endif
endif

unit: $(UNIT) ## unit tests; T=transport/rtp/test_rtp or T=transport selects
	@V=$(V) tools/run-tests -j $(JOBS) $(UNIT)

REPLAY := $(patsubst %,$(B)/replay_%,$(FUZZ))
fuzz-replay: $(REPLAY) ## fuzz targets over their corpora, as ordinary tests; T=rtp selects
	@V=$(V) tools/run-tests -j $(JOBS) $(REPLAY)

# flavours: the same Makefile in a folder below $(B)
flavour = $(MAKE) --no-print-directory B=$(B)/$(1) T=$(T) V=$(V)

server = $(if $(T),,$(if $(wildcard main.c),all))

asan: ## unit tests and fuzz replays under AddressSanitizer and UBSan; $(B)/asan/tessera
	+$(Q)rc=0; \
	$(call flavour,asan) SAN=address,undefined -k $(server) unit || rc=1; \
	$(if $(T),,$(call flavour,asan) SAN=address,undefined fuzz-replay || rc=1;) \
	exit $$rc

tsan: ## unit tests under ThreadSanitizer; $(B)/tsan/tessera
	+$(Q)$(call flavour,tsan) SAN=thread -k $(server) unit

# clang's sanitizers have another runtime than gcc's: a corpus without finds under one is replayed under the other as well
FUZZERS := $(patsubst %,$(B)/fuzz/fuzz_%,$(FUZZ))
fuzz: ## libFuzzer for FUZZ_SECONDS (30) each, JOBS at a time; T=rtp selects; finds stay in $(B)/fuzz
	+$(Q)$(call flavour,fuzz) CC=clang SAN=fuzzer-no-link,address,undefined $(FUZZERS)
	@B=$(B)/fuzz JOBS=$(JOBS) tools/fuzz run $(FUZZ_SECONDS) $(FUZZ)

fuzz-keep: ## puts what "make fuzz" found of new ways through the code into tests/fuzz/corpus, few and small; T=rtp selects
	@B=$(B)/fuzz tools/fuzz keep $(FUZZ)

fuzz-coverage: ## lines that the corpora reach: fills in the table of docs/FUZZING.md
	+$(Q)$(call flavour,coverage) CC=clang CFLAGS='-fprofile-instr-generate -fcoverage-mapping' LDFLAGS=-fprofile-instr-generate \
		-k $(patsubst %,$(B)/coverage/replay_%,$(FUZZ))
	@B=$(B)/coverage tools/fuzz coverage $(FUZZ)

test-debian13: ## builds and tests in a chroot of Debian 13 (root, debootstrap; some minutes)
	@tools/debian13

# tests/e2e/run SERVER drives the real server; TS_BUILD names the folder with peer, relay and, if built, asan/tessera
e2e: $(B)/tessera $(TOOLS) ## the real server under real clients
	@if test -x tests/e2e/run; then TS_BUILD=$(B) tests/e2e/run $(B)/tessera; else echo "no tests/e2e/run yet"; fi

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

bench-parts: $(BENCH) ## single parts: the compositor, a net thread
	@for b in $(BENCH); do echo "== $${b##*/}"; $$b || true; done

lint: $(patsubst %,$(B)/lib%.a,$(FOLDERS)) $(B)/o/main.o ## floors, libraries, symbol names, layout, cppcheck
	@B=$(B) tools/lint

tidy: ## clang-tidy (minutes)
	@tools/lint tidy

format: ## lays out the .c files with clang-format
	@git ls-files '*.c' | xargs -r clang-format -i

# ---- the two commands of the README

setup: ## installs missing Debian and npm packages
	@tools/setup test

run: ## set-up, build, start with config/tessera.conf; ARGS="--set section.key=value" is passed on; TLS=1: https for other machines
	@tools/setup build
	@$(MAKE) --no-print-directory -j$(JOBS) all
	@exec $(B)/tessera --config config/tessera.conf $(if $(TLS),$$(tools/dev-tls $(B)/tls)) $(ARGS)

test: ## set-up, build, every test; the closing line counts them
	@tools/setup test
	@MAKE=$(MAKE) B=$(B) tools/test

install: $(B)/tessera ## into $(DESTDIR)$(PREFIX)
	install -D -m 755 $(B)/tessera $(DESTDIR)$(PREFIX)/bin/tessera
	install -D -m 644 config/tessera.conf $(DESTDIR)$(PREFIX)/share/doc/tessera/tessera.conf

clean: ## removes $(B)
	rm -rf $(B)

-include $(shell test -d $(B)/o && find $(B)/o -name '*.d')
