# The everyday commands; the build itself is CMake's (CMakeLists.txt, CMakePresets.json).
#   build/            what `make build` makes and `make install` installs: build/bin/rctl
#   build/<preset>/   dev, dev-clang, asan, fuzz, coverage
PREFIX ?= /usr/local
DESTDIR ?=
JOBS ?= 2
MAKEFLAGS += --no-print-directory

.PHONY: help build test demo run install bench generate check-generated clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1	\2/p' Makefile | expand -t 26

build: ## build the library and build/bin/rctl
	@cmake --preset release --log-level=NOTICE >/dev/null
	@cmake --build build -j$(JOBS)

test: ## install what tests need, build with gcc, clang and sanitizers, run all tests
	@.ci/test $(JOBS)

demo: ## install what a build needs, build, validate and render the samples
	@.ci/setup build
	@$(MAKE) --no-print-directory build
	@.ci/demo

run: ## run the operator (not part of this version)
	@echo "make run: the operator is not part of this version; rctl works offline." >&2
	@echo "Try 'make demo', or build/bin/rctl render crds/samples." >&2
	@exit 3

install: build ## install to $(DESTDIR)$(PREFIX)
	@DESTDIR="$(DESTDIR)" cmake --install build --prefix "$(PREFIX)"

bench: build ## CPU time and memory beside a bare libyaml loop
	@/usr/bin/python3 tests/bench/run.py build/bin/rctl

generate: build ## write crds/ and docs/reference anew from the tables
	@.ci/generate

check-generated: build ## fail when crds/ or docs/reference are not what generate writes
	@.ci/generate --check

clean: ## remove build/
	rm -rf build
