# SPDX-License-Identifier: MIT
# tawam: GNU make. `make run` opens the demonstration, `make test` proves it.
#
# Variables: BUILD=folder SANITIZE=1 COVERAGE=1 CC=clang PREFIX= DESTDIR=
#            TESTS='tests/cmd_*.t' (only those), CFLAGS= LDFLAGS= (added)
#            V=1 (shows whole commands)
#
# A bare machine has no pkg-config when make starts, and so no flags. What
# compiles is therefore made by a second make, after the packages are there.

BUILD ?= build
PREFIX ?= /usr/local
VERSION := 0.1
PACKAGES := ncursesw sqlite3 libgit2 libzstd fribidi jansson zlib libxml-2.0 \
	libpcre2-8 libsodium libzip
ifeq ($(origin CC),default)
CC := gcc
endif

WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes \
	-Werror=implicit-function-declaration -Wmissing-prototypes -Wvla -Wformat=2 -Wno-format-nonliteral
OPTIMIZE ?= -O2 -g
HARDENING := -fstack-protector-strong -fPIE
LINK_HARDENING := -pie -Wl,-z,relro,-z,now
ifdef SANITIZE
override OPTIMIZE := -O1 -g -fno-omit-frame-pointer \
	-fsanitize=address,undefined -fno-sanitize-recover=all
HARDENING := -fPIE
KIND := sanitize
else ifdef COVERAGE
override OPTIMIZE := -O0 -g --coverage -fprofile-update=atomic
HARDENING := -fPIE
KIND := coverage
else ifneq ($(filter-out -O0,$(filter -O%,$(OPTIMIZE))),)
# It needs the optimizer.
HARDENING += -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
endif
# Objects of another kind lie apart. A make called by make was told BUILD with
# or without the ending, by the command line or the environment.
ifneq ($(KIND),)
ifeq ($(filter %/$(KIND),$(BUILD)),)
override BUILD := $(BUILD)/$(KIND)
endif
endif

PACKAGE_CFLAGS := $(shell pkg-config --cflags $(PACKAGES) 2>/dev/null)
PACKAGE_LIBS := $(shell pkg-config --libs $(PACKAGES) 2>/dev/null)
# Debian's security update of libgit2 1.5.1 has an option that 1.5.1 hasn't;
# only the header tells.
PACKAGE_CFLAGS += $(shell grep -qs GIT_OPT_SET_PACK_MAX_OBJECT_SIZE \
	$$(pkg-config --variable=includedir libgit2 2>/dev/null)/git2/common.h && \
	echo -DHAVE_GIT_PACK_MAX_OBJECT_SIZE)
CFLAGS_ALL = -std=c17 -D_GNU_SOURCE -Isrc -I. $(WARNINGS) $(HARDENING) \
	$(OPTIMIZE) -DTAWAM_VERSION='"$(VERSION)"' $(PACKAGE_CFLAGS) $(CFLAGS)
LIBS_ALL = $(LDFLAGS) $(LINK_HARDENING) $(PACKAGE_LIBS) -lcsv -lmbedcrypto -lm

# ---- the rooms, from the ground; a room is a folder of .c files ----

base := $(wildcard src/base/*.c)
twin := $(wildcard src/twin/*.c)
form := $(wildcard src/form/*.c)
insight := $(wildcard src/insight/*.c)
exchange := $(wildcard src/exchange/*.c)
sync := $(wildcard sync/*.c)
work := $(wildcard src/work/*.c)
ui := $(wildcard ui/*.c)
cmd := $(wildcard src/cmd/*.c)
ROOMS := base twin form insight exchange sync work ui cmd
# The merge simulator, a room of the tests.
simulator := $(wildcard tests/merge/*.c)

# What a unit test tests/ROOM_name.c is linked with: its room and those below,
# upper ones first as the linker wants it.
below_base := base
below_twin := twin base
below_form := form twin base
below_insight := insight twin base
below_exchange := exchange form insight twin base
below_changeset := sync twin base
below_remote := sync twin base
below_bench := sync form twin base
below_sync := sync twin base
below_work := work sync exchange form insight twin base
below_merge := simulator work sync exchange form insight twin base
below_teeth := simulator work teeth exchange form insight twin base
below_ui := ui work sync exchange form insight twin base
below_cmd := cmd ui work sync exchange form insight twin base
# Libraries that one test alone needs: TEST_LIBS_ROOM_what
TEST_LIBS_ui_pty := -lvterm -lutil
TEST_LIBS_ui_fill_pty := -lvterm -lutil
TEST_LIBS_ui_fill_gps := -lvterm -lutil
TEST_LIBS_ui_fill_ask := -lvterm -lutil

archive = $(BUILD)/lib/$(1).a
objects = $(patsubst %.c,$(BUILD)/obj/%.o,$($(1)))
room_of = $(firstword $(subst _, ,$(1)))
archives_below = $(foreach r,$(below_$(1)),$(call archive,$(r)))

# Says what is made in a short line, or with V=1 the command itself.
say = @$(if $(V),:,echo "  $(1) $(2)")
Q := $(if $(V),,@)

# ---- what one types ----

.PHONY: all run demo test test-full bench packages install clean fuzz \
	locale documents format-check coverage reliability
all: packages
	@$(MAKE) --no-print-directory program

run: demo
	@exec $(BUILD)/tawam -C $(BUILD)/demo/field

# The script does nothing where the demonstration stands whole already.
demo: packages
	@$(MAKE) --no-print-directory program
	@TAWAM=$(abspath $(BUILD)/tawam) sh data/demo/make_demo.sh $(BUILD)/demo

test: test-packages
	@$(MAKE) --no-print-directory prove

test-full: test-packages
	@TAWAM_FULL=1 $(MAKE) --no-print-directory prove; status=$$?; \
		$(MAKE) --no-print-directory reliability; exit $$status

# The report of the last run becomes the one that is committed. A plain
# `make test` leaves it in $(BUILD), so that it never changes the tree.
reliability:
	@sh tests/reliability.sh $(BUILD) > tests/RELIABILITY.md.new && \
		mv tests/RELIABILITY.md.new tests/RELIABILITY.md

bench: packages
	@$(MAKE) --no-print-directory program bench-programs
	@$(TEST_ENVIRONMENT) sh -e -c 'for b in $(or $(BENCH),tests/bench/*.sh); \
		do [ -f "$$b" ] || continue; echo "== $$b"; sh "$$b"; done'

# Names what is missing and installs it (root or sudo, apt); else lists it and
# stops with 3. A few hundredths of a second when nothing is.
packages:
	@sh data/install/packages.sh build

.PHONY: test-packages
test-packages:
	@sh data/install/packages.sh test

clean:
	rm -rf $(BUILD)

# ---- the program ----

.PHONY: program
program: $(BUILD)/tawam locale documents

# A file that changes only when the words it holds do: what depends on it is
# made again when a flag changes or a source file comes or goes.
.PHONY: always
remember = @mkdir -p $(@D); printf '%s\n' '$(subst ','\'',$(1))' | \
	cmp -s - $@ || printf '%s\n' '$(subst ','\'',$(1))' > $@

$(BUILD)/flags: always
	$(call remember,$(CC) $(CFLAGS_ALL))

$(BUILD)/obj/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CFLAGS_ALL) $(CFLAGS_HERE) -MMD -MP -c -o $@ $<

# Only main knows where it will be installed.
$(BUILD)/prefix: always
	$(call remember,$(PREFIX))
$(BUILD)/obj/src/main.o: $(BUILD)/prefix
$(BUILD)/obj/src/main.o: CFLAGS_HERE = -DTAWAM_PREFIX='"$(PREFIX)"'

# The room sync once more, for tests/teeth_*.c alone, with known bugs to choose.
bitten := $(shell grep -ls TEETH sync/*.c)
$(BUILD)/obj/teeth/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC,$< with teeth)
	$(Q)$(CC) $(CFLAGS_ALL) -DTAWAM_TEETH -MMD -MP -c -o $@ $<
$(call archive,teeth): $(bitten:%.c=$(BUILD)/obj/teeth/%.o) \
		$(patsubst %.c,$(BUILD)/obj/%.o,$(filter-out $(bitten),$(sync)))
	@mkdir -p $(@D)
	@rm -f $@
	$(Q)ar rcs $@ $^

define room_rule
$(BUILD)/lib/$(1).list: always
	$$(call remember,$($(1)))

$(call archive,$(1)): $(call objects,$(1)) $(BUILD)/lib/$(1).list
	@rm -f $$@
	$$(Q)ar rcs $$@ $$(filter %.o,$$^)
endef
$(foreach r,$(ROOMS) simulator,$(eval $(call room_rule,$(r))))

$(BUILD)/tawam: $(BUILD)/obj/src/main.o $(call archives_below,cmd)
	$(call say,LINK,$@)
	$(Q)$(CC) $(OPTIMIZE) -o $@ $^ $(LIBS_ALL)

# ---- words and documents ----

LANGUAGES := $(patsubst data/locale/%.po,%,$(wildcard data/locale/*.po))
CATALOGUES := $(LANGUAGES:%=$(BUILD)/locale/%/LC_MESSAGES/tawam.mo)
locale: $(CATALOGUES)

$(BUILD)/locale/%/LC_MESSAGES/tawam.mo: data/locale/%.po
	@mkdir -p $(@D)
	$(call say,MSGFMT,$<)
	$(Q)msgfmt --check -o $@ $<

MAN_PAGE := $(BUILD)/share/man/man1/tawam.1
BASH_COMPLETION := $(BUILD)/share/bash-completion/completions/tawam
ZSH_COMPLETION := $(BUILD)/share/zsh/site-functions/_tawam
DOCUMENTS := $(if $(wildcard src/main.c),\
	$(MAN_PAGE) $(BASH_COMPLETION) $(ZSH_COMPLETION))
documents: $(DOCUMENTS)
$(MAN_PAGE): help_word := --man
$(BASH_COMPLETION): help_word := --bash
$(ZSH_COMPLETION): help_word := --zsh
$(MAN_PAGE) $(BASH_COMPLETION) $(ZSH_COMPLETION): $(BUILD)/tawam
	@mkdir -p $(@D)
	@LC_ALL=C.UTF-8 $< help $(help_word) > $@.new && mv $@.new $@

# ---- the dictionary that a new territory begins with ----
#
# data/dictionary/forms.dict is part of the program; `make dictionary` makes it
# anew from the demonstration, after a change of the changesets' format.

MAKE_DICTIONARY := $(BUILD)/make_dictionary
$(MAKE_DICTIONARY): $(BUILD)/obj/data/dictionary/make.o $(call archives_below,sync)
	$(call say,LINK,$@)
	$(Q)$(CC) $(OPTIMIZE) -o $@ $^ $(LIBS_ALL)
$(BUILD)/obj/src/work/forms_dictionary.o: data/dictionary/forms.dict

.PHONY: dictionary
dictionary: program $(MAKE_DICTIONARY)
	@TAWAM=$(abspath $(BUILD)/tawam) MAKER=$(abspath $(MAKE_DICTIONARY)) \
		sh data/dictionary/update.sh

# ---- tests: TAP, run by prove ----
#
# tests/ROOM_what.c becomes $(BUILD)/tests/ROOM_what.t, linked with its room
# and those below; tests/*.t are scripts that say themselves what runs them.

UNIT := $(filter-out fuzz_%,$(patsubst tests/%.c,%,$(wildcard tests/*_*.c)))
define unit_rule
$(BUILD)/tests/$(1).t: $(BUILD)/obj/tests/$(1).o $(call archives_below,$(call room_of,$(1)))
	@mkdir -p $$(@D)
	$$(call say,LINK,$$@)
	$$(Q)$$(CC) $$(OPTIMIZE) -o $$@ $$^ $$(LIBS_ALL) $$(TEST_LIBS_$(1))
endef
$(foreach u,$(UNIT),$(eval $(call unit_rule,$(u))))
UNIT_PROGRAMS := $(UNIT:%=$(BUILD)/tests/%.t)
SCRIPTS := $(wildcard tests/*.t)

# Kills a program at its Nth write, or fails it, or its Nth allocation. A
# sanitizer must be loaded first, so there is none in those builds, and the
# tests that need it skip themselves.
SHIM := $(if $(SANITIZE),,$(BUILD)/tests/kill_at_write.so)
$(BUILD)/tests/kill_at_write.so: $(wildcard tests/fault/*.[ch])
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) -std=c17 -D_GNU_SOURCE $(WARNINGS) -O2 -g -shared -fPIC \
		-fno-builtin -o $@ $(filter tests/fault/%.c,$^) -ldl -pthread

TEST_ENVIRONMENT = mkdir -p $(BUILD)/home && \
	env -u TAWAM_DIR -u TAWAM_DEVICE -u XDG_CONFIG_HOME -u XDG_STATE_HOME \
	-u XDG_DATA_HOME -u XDG_CACHE_HOME -u GIT_DIR -u GIT_INDEX_FILE \
	-u GIT_WORK_TREE -u LANGUAGE \
	HOME=$(abspath $(BUILD)/home) TAWAM=$(abspath $(BUILD)/tawam) \
	TOP=$(CURDIR) BUILD=$(abspath $(BUILD)) LC_ALL=C.UTF-8 TZ=UTC \
	LSAN_OPTIONS=suppressions=$(CURDIR)/tests/lsan.supp:print_suppressions=0

# A fuzz target with a plain main(), for tests/house_corpus.t.
FUZZ := $(patsubst tests/%.c,%,$(wildcard tests/fuzz_*.c))
REPLAYS := $(FUZZ:%=$(BUILD)/tests/%.replay)
define replay_rule
$(BUILD)/tests/$(1).replay: $(BUILD)/obj/tests/$(1).o $(BUILD)/obj/tests/replay.o $(call archives_below,$(word 2,$(subst _, ,$(1))))
	@mkdir -p $$(@D)
	$$(call say,LINK,$$@)
	$$(Q)$$(CC) $$(OPTIMIZE) -o $$@ $$^ $$(LIBS_ALL)
endef
$(foreach f,$(FUZZ),$(eval $(call replay_rule,$(f))))

# A link that fails on purpose, for tests of the transport.
RELAY := $(BUILD)/tests/relay
$(RELAY): tests/relay.c
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) -std=c17 -D_GNU_SOURCE $(WARNINGS) -O2 -g -o $@ $<

# What takes longest begins first, so that none is left running alone.
LONGEST := $(patsubst %,$(BUILD)/tests/%.t,merge_simulator cmd_disk_sweep \
	cmd_read_sweep cmd_kill_sweep cmd_memory_sweep changeset_peer \
	teeth_merge sync_random work_damage) tests/cmd_power_cut.t \
	tests/cmd_million.t
IN_ORDER := $(LONGEST) \
	$(filter-out $(LONGEST),$(sort $(UNIT_PROGRAMS)) $(sort $(SCRIPTS)))

.PHONY: prove test-programs
test-programs: $(UNIT_PROGRAMS) $(SHIM) $(RELAY) $(REPLAYS) $(MAKE_DICTIONARY)
# What faults were injected is collected after it; prove's summary stays last.
prove: program test-programs
	$(if $(TESTS),,@rm -rf $(BUILD)/reliability)
	@TAWAM_COMMIT=$$(git describe --always --dirty 2>/dev/null); \
		export TAWAM_COMMIT; \
		$(TEST_ENVIRONMENT) prove -j2 --exec '' \
		$(or $(TESTS),$(IN_ORDER)); \
		status=$$?; sh tests/reliability.sh $(BUILD) \
		> $(BUILD)/RELIABILITY.md 2>/dev/null; exit $$status

coverage:
	@$(MAKE) --no-print-directory test COVERAGE=1
	@cd $(BUILD)/coverage && gcov -r -s $(CURDIR) \
		$$(find obj/src obj/sync obj/ui -name '*.gcno') 2>/dev/null | \
		awk "/^File/ { f = \$$2 } /^Lines/ { print \$$2, f }" | sort -u

format-check:
	clang-format --dry-run -Werror $$(git ls-files '*.c' '*.h')

# tests/fuzz_ROOM_what.c has LLVMFuzzerTestOneInput(); each runs for a while,
# beginning with tests/corpus/ROOM_what.
FUZZ_SECONDS ?= 60
FUZZ_CC ?= clang
FUZZ_FLAGS = $(filter-out -fPIE,$(CFLAGS_ALL)) -O1 -fsanitize=address,undefined \
	-fno-sanitize-recover=all
$(BUILD)/fuzz/obj/%.o: %.c
	@mkdir -p $(@D)
	$(call say,FUZZ,$<)
	$(Q)$(FUZZ_CC) $(FUZZ_FLAGS) -fsanitize=fuzzer-no-link -MMD -MP -c -o $@ $<
define fuzz_rule
$(BUILD)/fuzz/$(1): $(patsubst %.c,$(BUILD)/fuzz/obj/%.o,tests/$(1).c $(foreach r,$(below_$(word 2,$(subst _, ,$(1)))),$($(r))))
	$$(call say,LINK,$$@)
	$$(Q)clang $$(FUZZ_FLAGS) -fsanitize=fuzzer -o $$@ $$^ $$(PACKAGE_LIBS) -lcsv -lmbedcrypto -lm
endef
$(foreach f,$(FUZZ),$(eval $(call fuzz_rule,$(f))))
fuzz: $(FUZZ:%=$(BUILD)/fuzz/%)
	@for f in $(FUZZ); do mkdir -p $(BUILD)/fuzz/$$f.corpus; \
		$(BUILD)/fuzz/$$f -max_total_time=$(FUZZ_SECONDS) -timeout=5 \
		-rss_limit_mb=512 -verbosity=0 $(BUILD)/fuzz/$$f.corpus \
		tests/corpus/$${f#fuzz_} || exit 1; done

# What the measurements need: tests/bench/NAME.c becomes $(BUILD)/bench/NAME.
BENCH_PROGRAMS := $(patsubst tests/bench/%.c,$(BUILD)/bench/%,$(wildcard tests/bench/*.c))
.PHONY: bench-programs
bench-programs: $(BENCH_PROGRAMS)
$(BENCH_PROGRAMS): $(BUILD)/bench/%: $(BUILD)/obj/tests/bench/%.o $(call archives_below,bench)
	@mkdir -p $(@D)
	$(call say,LINK,$@)
	$(Q)$(CC) $(OPTIMIZE) -o $@ $^ $(LIBS_ALL)

# ---- installing: the program and what it reads in PREFIX/share/tawam ----

SHARE = $(DESTDIR)$(PREFIX)/share
SHIPPED := $(filter-out data/install data/locale,$(wildcard data/*))
install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(SHARE)/tawam
	install -m 755 $(BUILD)/tawam $(DESTDIR)$(PREFIX)/bin/tawam
	$(if $(SHIPPED),cp -R --no-preserve=ownership $(SHIPPED) $(SHARE)/tawam)
	for file in $(DOCUMENTS:$(BUILD)/share/%=%); do \
		install -D -m 644 $(BUILD)/share/$$file $(SHARE)/$$file; done
	for language in $(LANGUAGES); do install -D -m 644 \
		$(BUILD)/locale/$$language/LC_MESSAGES/tawam.mo \
		$(SHARE)/locale/$$language/LC_MESSAGES/tawam.mo; done

-include $(shell find $(BUILD)/obj $(BUILD)/fuzz -name '*.d' 2>/dev/null)
