# tessera - the only Makefile; tests/rules.mk is its part for tests. `make help` lists the targets.
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
JOBS   ?= $(shell nproc)
ifeq ($(origin CC),default)
CC     := gcc
endif

# the one place where the version stands; a build from a clone names its commit too, unless that has the version's tag
RELEASE := 0.2.0
commit  := $(shell git describe --always --dirty --exclude '*' 2>/dev/null)
VERSION := $(RELEASE)$(if $(commit),$(if $(shell git tag --points-at HEAD v$(RELEASE) 2>/dev/null),, ($(commit))))
ifeq ($(V),0)
Q := @
say = @printf '  %-6s %s\n' '$(1)' '$(2)'
endif

# ---- folders, the archives they need, and the libraries they wrap: all from tools/floors

# rows of whole folders as NAME:=value; what stands below, and the packages of that too
$(foreach a,$(shell awk -F'|' '/^[a-z]/ { gsub(/ +/, ";"); gsub(/^;|;$$/, "", $$1) } \
	/^[a-z]/ && $$1 !~ "/" { print "FOLDERS+=;" $$1, $$1 "_below:=" $$2, $$1 "_own_pkg:=" $$3 }' tools/floors),$(eval $(subst ;, ,$a)))
$(foreach f,$(FOLDERS),$(eval $f_pkg := $(sort $(foreach b,$f $($f_below),$($b_own_pkg)))))

# libyuv and wslay come without a .pc file
layout_libs  := -lyuv -lm
codec_libs   := -lm
transport_libs := -lm
mixer_libs   := -lyuv -lm
control_libs := -lyuv -lm -lwslay
server_libs  := $(control_libs)
doctor_libs  := -lyuv -lm

# $(call pkg,cflags|libs,FOLDER): asks pkg-config once, and only when something is compiled ("make setup" comes before)
pkg = $(if $($(2)_$(1)_asked),,$(eval $(2)_$(1)_asked := 1)$(eval $(2)_$(1)_is := $(shell pkg-config --$(1) $($(2)_pkg))))$($(2)_$(1)_is)

# ---- flags

WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla
ifeq ($(WERROR),1)
WARN += -Werror
endif
OPT := -O2 -g -fno-omit-frame-pointer
ifneq ($(SAN),)
# half of gcc's time; at -O1 the lengths that snprintf is warned of are guesses. clang would save a tenth, and its fuzzers run slower.
ifeq ($(findstring clang,$(CC)),)
OPT  := -O1 -g1 -fno-omit-frame-pointer
WARN += -Wno-format-truncation
endif
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

obj = $(patsubst %.c,$(B)/o/%.o,$(1))
# the archives of a folder and of those below it, in link order
archives = $(patsubst %,$(B)/lib%.a,$(1) $($(1)_below))

# spoken prompts of menus (control/ivr): made from texts, a folder a language; its stamp is touched last
LANGUAGES := $(basename $(notdir $(wildcard config/prompts/*.txt)))
PROMPTS := $(LANGUAGES:%=$(B)/prompts/%/.made)

.DEFAULT_GOAL := all
.SUFFIXES:
.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: help all docs man run lint tidy format install deb clean setup FORCE

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' Makefile tests/rules.mk

all: $(B)/tessera $(PROMPTS) ## the server: build/tessera, and the prompts of its menus

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

$(B)/prompts/%/.made: config/prompts/%.txt tools/prompts
	$(call say,PROMPT,$*)
	$(Q)tools/prompts $< $(@D) && touch $@

$(B)/o/control/ivr/prompts.o: $(wildcard config/prompts/*.txt)

# the pages are inside the binary
$(B)/o/control/api/web.o: $(wildcard web/* web/admin/*)
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
$(foreach f,$(FOLDERS),$(eval $(call archive_rule,$(f))))

# ---- programs

# $(1) whose libraries
define link
@mkdir -p $(@D)
$(call say,LD,$@)
$(Q)$(CC) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(ALL_LDFLAGS) $(2) $($(1)_libs) $(call pkg,libs,$(1))
endef

$(B)/tessera: $(B)/o/main.o $(B)/libdoctor.a $(call archives,server)
	$(call link,server)

# ---- pages made from the tables of the sources

$(eval $(call folder_rules,tools/docs,control))
$(B)/docs: $(call obj,$(wildcard tools/docs/*.c)) $(call archives,control)
	$(call link,control)

docs: $(B)/docs ## docs/METRICS.md, API.md and OVERLOAD.md, from the tables of the sources
	$(Q)for page in METRICS API OVERLOAD; do $(B)/docs $$page >$(B)/$$page.md && mv $(B)/$$page.md docs/$$page.md || exit 1; done

MAN := $(B)/man/tessera.1 $(B)/man/tessera.conf.5
man: $(MAN) ## manual pages tessera(1) and tessera.conf(5), in $(B)/man
$(MAN): $(B)/docs
	@mkdir -p $(@D)
	$(Q)$(B)/docs $(@F) '$(RELEASE)' >$@

# ----

lint: $(patsubst %,$(B)/lib%.a,$(FOLDERS)) $(B)/o/main.o $(B)/docs $(MAN) ## floors, libraries, symbol names, layout, cppcheck
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
	@exec $(B)/tessera --config config/tessera.conf --set ivr.prompts_dir=$(B)/prompts $(if $(TLS),$$(tools/dev-tls $(B)/tls)) $(ARGS)

install: $(B)/tessera $(MAN) $(PROMPTS) ## into $(DESTDIR)$(PREFIX)
	install -D -m 755 $(B)/tessera $(DESTDIR)$(PREFIX)/bin/tessera
	install -D -m 644 config/tessera.conf $(DESTDIR)$(PREFIX)/share/doc/tessera/tessera.conf
	for l in $(LANGUAGES); do for f in $(B)/prompts/$$l/*.wav; do test ! -f $$f || install -D -m 644 $$f \
		$(DESTDIR)$(PREFIX)/share/tessera/prompts/$$l/$${f##*/} || exit 1; done; done
	install -D -m 644 $(B)/man/tessera.1 $(DESTDIR)$(PREFIX)/share/man/man1/tessera.1
	install -D -m 644 $(B)/man/tessera.conf.5 $(DESTDIR)$(PREFIX)/share/man/man5/tessera.conf.5

deb: ## a Debian package, $(B)/deb/tessera_VERSION_ARCH.deb
	@B=$(B) tools/deb

clean: ## removes $(B)
	rm -rf $(B)

include tests/rules.mk

-include $(shell test -d $(B)/o && find $(B)/o -name '*.d')
