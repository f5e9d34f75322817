# The everyday commands; the build itself is CMake's (CMakeLists.txt, CMakePresets.json).
#   build/            what `make build` makes and `make install` installs: build/bin/
#   build/static/     the operator as its image has it
#   build/<preset>/   dev, dev-clang, asan, tsan, fuzz, coverage
PREFIX ?= /usr/local
DESTDIR ?=
JOBS ?= 2
MAKEFLAGS += --no-print-directory

.PHONY: help build static operator test e2e demo run image wheel wheels install bench generate \
        check-generated clean

help: ## list the targets
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/  make \1	\2/p' Makefile | expand -t 26

build: ## build the library, build/bin/rctl and build/bin/rctl-operator
	@cmake --preset release --log-level=NOTICE >/dev/null
	@cmake --build build -j$(JOBS)

static: ## the operator as one static program, build/static/bin/ (Debian, Ubuntu)
	@.ci/setup static
	@.ci/static-curl >/dev/null
	@cmake --preset static --log-level=NOTICE >/dev/null
	@cmake --build --preset static -j$(JOBS)

operator: build
	@$(MAKE) static || { rm -f build/static/bin/rctl-operator; \
		echo "no static operator; build/bin/rctl-operator with its libraries is used" >&2; }

test: ## install what tests need, build with gcc, clang and sanitizers, run all tests
	@.ci/test $(JOBS)

e2e: ## start on this machine what the operator makes of the samples, and send requests
	@.ci/setup test
	@tests/controlplane/build >/dev/null
	@$(MAKE) build
	@/usr/bin/python3 tests/e2e/run_e2e.py build/bin

demo: ## install what a build needs, build, validate and render the samples
	@.ci/setup build
	@$(MAKE) --no-print-directory build
	@.ci/demo

run: ## run the operator: in the current cluster, or in one of its own on this machine
	@.ci/setup build
	@$(MAKE) build
	@.ci/operate

image: operator ## the operator's image as an OCI layout in build/image/, without a daemon
	@operator/image.py

wheel: ## build the Python package as a wheel in build/wheel/
	@.ci/setup wheel
	@$(MAKE) build
	@rm -rf build/wheel-native # a module that is gone must not be packed
	@cd bindings/python && ROUTERCTL_BUILD=../../build \
	    SOURCE_DATE_EPOCH=$${SOURCE_DATE_EPOCH:-$$(git log -1 --format=%ct)} \
	    /usr/bin/python3 -W ignore setup.py -q egg_info -e ../../build \
	    build -b ../../build/wheel-native bdist_wheel -b ../../build/wheel-native/wheel \
	    -d ../../build/wheel
	@ls build/wheel/*.whl

wheels: wheel ## the same, and one for Linux on aarch64 (fetches a compiler for it)
	@bindings/python/cross_wheel.py build/wheel
	@ls build/wheel/*.whl

install: build ## install to $(DESTDIR)$(PREFIX)
	@DESTDIR="$(DESTDIR)" cmake --install build --prefix "$(PREFIX)"

bench: operator ## CPU time and memory beside a bare libyaml loop; of the operator; of Python
	@/usr/bin/python3 tests/bench/run.py build/bin/rctl
	@for operator in build/static/bin build/bin; do \
		[ ! -x $$operator/rctl-operator ] || break; done; \
	/usr/bin/python3 tests/bench/run_operator.py $$operator/rctl-operator build/bin/rctl
	@$(MAKE) wheel
	@/usr/bin/python3 tests/bench/run_python.py build/bin/rctl build/wheel

generate: build ## write crds/, config/rbac/, docs/reference, docs/man and kinds.py anew
	@.ci/generate

check-generated: build ## fail when what generate writes is not what is committed
	@.ci/generate --check

clean: ## remove build/
	rm -rf build
