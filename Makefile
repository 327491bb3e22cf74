# tawam: GNU make. `make run` opens the demonstration, `make test` proves it.
# Variables: BUILD=folder SANITIZE=1 COVERAGE=1 CC=clang PREFIX= DESTDIR=

BUILD ?= build
PREFIX ?= /usr/local
VERSION := 0.1
PACKAGES := ncursesw sqlite3 libgit2 libzstd fribidi jansson
CC ?= gcc
ifeq ($(origin CC),default)
CC := gcc
endif

WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes \
	-Wmissing-prototypes -Wvla -Wformat=2 -Wno-format-nonliteral
HARDENING := -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fPIE
LINK_HARDENING := -pie -Wl,-z,relro,-z,now
OPTIMIZE ?= -O2 -g
ifdef SANITIZE
BUILD := $(BUILD)/sanitize
OPTIMIZE := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined
HARDENING := -fPIE
endif
ifdef COVERAGE
BUILD := $(BUILD)/coverage
OPTIMIZE := -O0 -g --coverage
HARDENING := -fPIE
endif

# pkg-config is asked only when something is compiled: `make` may have to
# install it first (see the `packages` target).
CFLAGS_ALL = -std=c17 -D_GNU_SOURCE -Isrc -I. $(WARNINGS) $(HARDENING) \
	$(OPTIMIZE) -DTAWAM_VERSION='"$(VERSION)"' \
	-DTAWAM_PREFIX='"$(PREFIX)"' $(PACKAGE_CFLAGS) $(CFLAGS)
LIBS_ALL = $(LDFLAGS) $(LINK_HARDENING) $(PACKAGE_LIBS) -lcsv -lmbedcrypto -lm
PACKAGE_CFLAGS := $(shell pkg-config --cflags $(PACKAGES) 2>/dev/null)
PACKAGE_LIBS := $(shell pkg-config --libs $(PACKAGES) 2>/dev/null)

# The floors, from the ground. A room is a folder of .c files.
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

# What a unit test tests/ROOM_name.c is linked with: its room and those below,
# upper ones first as the linker wants it.
below_base := base
below_twin := twin base
below_exchange := exchange twin base
below_changeset := sync twin base
below_remote := sync twin base
below_sync := sync twin base
below_work := work sync exchange twin base
below_ui := ui work sync exchange twin base
below_cmd := cmd ui work sync exchange twin base

archive = $(BUILD)/lib/$(1).a
objects = $(patsubst %.c,$(BUILD)/obj/%.o,$($(1)))

.PHONY: all run demo test test-full bench check-packages packages install \
	clean fuzz locale documents
all: packages
	@$(MAKE) --no-print-directory program

.PHONY: program
program: $(BUILD)/tawam locale documents

# Names what is missing and installs it (root or sudo, apt); else lists it.
packages:
	@sh data/install/packages.sh

$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

define room_rule
$(call archive,$(1)): $(call objects,$(1))
	@mkdir -p $$(@D)
	@rm -f $$@
	$$(if $$^,ar rcs $$@ $$^,ar rcs $$@)
endef
$(foreach r,$(ROOMS),$(eval $(call room_rule,$(r))))

$(BUILD)/tawam: $(BUILD)/obj/src/main.o $(foreach r,$(below_cmd),$(call archive,$(r)))
	$(CC) $(OPTIMIZE) -o $@ $^ $(LIBS_ALL)

# Unit tests: tests/ROOM_what.c -> $(BUILD)/tests/ROOM_what.t
UNIT := $(patsubst tests/%.c,%,$(wildcard tests/*_*.c))
define unit_rule
$(BUILD)/tests/$(1).t: $(BUILD)/obj/tests/$(1).o $(foreach r,$(below_$(firstword $(subst _, ,$(1)))),$(call archive,$(r)))
	@mkdir -p $$(@D)
	$$(CC) $$(OPTIMIZE) -o $$@ $$^ $$(LIBS_ALL) $$(TEST_LIBS_$(1))
endef
$(foreach u,$(UNIT),$(eval $(call unit_rule,$(u))))
UNIT_PROGRAMS := $(UNIT:%=$(BUILD)/tests/%.t)

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)
