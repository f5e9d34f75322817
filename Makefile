# The everyday commands; the build itself is CMake's (CMakeLists.txt, CMakePresets.json).
#   build/            what `make build` makes and `make install` installs: build/bin/
#   build/<preset>/   dev, dev-clang, asan, tsan, fuzz, coverage
PREFIX ?= /usr/local
DESTDIR ?=
JOBS ?= 2
MAKEFLAGS += --no-print-directory

.PHONY: help build test demo run image install bench generate check-generated clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1	\2/p' Makefile | expand -t 26

build: ## build the library, build/bin/rctl and build/bin/rctl-operator
	@cmake --preset release --log-level=NOTICE >/dev/null
	@cmake --build build -j$(JOBS)

test: ## install what tests need, build with gcc, clang and sanitizers, run all tests
	@.ci/test $(JOBS)

demo: ## install what a build needs, build, validate and render the samples
	@.ci/setup build
	@$(MAKE) --no-print-directory build
	@.ci/demo

run: ## run the operator: in the current cluster, or in one of its own on this machine
	@.ci/setup build
	@$(MAKE) build
	@.ci/operate

image: build ## the operator's image as an OCI layout in build/image/, without a daemon
	@operator/image.py

install: build ## install to $(DESTDIR)$(PREFIX)
	@DESTDIR="$(DESTDIR)" cmake --install build --prefix "$(PREFIX)"

bench: build ## CPU time and memory beside a bare libyaml loop, and of the operator
	@/usr/bin/python3 tests/bench/run.py build/bin/rctl
	@/usr/bin/python3 tests/bench/run_operator.py build/bin/rctl-operator build/bin/rctl

generate: build ## write crds/, config/rbac/, docs/reference and docs/man anew
	@.ci/generate

check-generated: build ## fail when what generate writes is not what is committed
	@.ci/generate --check

clean: ## remove build/
	rm -rf build
