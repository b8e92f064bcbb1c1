# Pilotline: every command of the project. `make help` lists them.
# Needs make and Python 3.10 or newer; everything else is pinned in requirements.txt and goes into .venv.

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python3.10 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 10))' >/dev/null 2>&1 && { echo $$p; break; }; done)
VENV   := .venv
READY  := $(VENV)/.installed
BIN    := $(VENV)/bin
TESTS  ?= host_tests
JOBS   ?= auto
SESSIONS  ?= 200
SEQUENCES ?= 1000
CONTENTS  ?= 10000
TRIPS     ?= 20
# A file stays with one worker: its tests may share a charger, or one process of the interpreter.
SIDE_BY_SIDE = -n $(JOBS) --dist loadfile
RUN_SETTINGS = $(foreach v,CSMS ID PRODUCT SPEED CA KEY_FILE SET RECORD,$(if $($(v)),--$(shell echo $(v) | tr A-Z_ a-z-) "$($(v))"))

# A .venv whose Python has gone (an upgrade of the system, a moved folder) is made anew.
$(if $(wildcard $(READY)),$(shell $(BIN)/python -c '' 2>/dev/null || rm -f $(READY)))

.DEFAULT_GOAL := help
.PHONY: help setup run panel test-panel central-system test test-cpython test-micropython test-32bit lint typecheck typecheck-boards check size bench image update-package update-sweep flash provision calibrate conformance conformance-websocket settings-reference sweep offline idle year random trip-times flash-contents hostile vectors peer-npm clean

help: ## this list
	@grep -hE '^[a-z][a-z0-9-]*:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## /\1|/' | \
	while IFS='|' read -r name text; do printf '  make %-18s %s\n' "$$name" "$$text"; done

setup: $(READY) ## install the pinned tools into .venv (every other target does it by itself)

$(READY): requirements.txt
	@test -n "$(PYTHON)" || { echo "Pilotline needs Python 3.10 or newer and found none on the path. Install it, or name it: make $(MAKECMDGOALS) PYTHON=/path/to/python3" >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { echo "Pilotline needs Python 3.10 or newer; $(PYTHON) is $$("$(PYTHON)" -V 2>&1). Name another: make $(MAKECMDGOALS) PYTHON=/path/to/python3" >&2; exit 1; }
	@echo "Installing the pinned tools into $(VENV) (once)" >&2
	@test -x $(BIN)/python && $(BIN)/python -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null || "$(PYTHON)" -m venv --clear $(VENV) || { rm -rf $(VENV); \
		echo "This Python cannot make virtual environments. On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/.installed-%: requirements.txt $(READY)
	@echo "Installing what make $(MAKECMDGOALS) needs into $(VENV) (once)" >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check $$(sed -n 's/; extra == "$*"$$//p' requirements.txt)
	@touch $@

run: $(READY) ## one charging session on the virtual charger, then your keys (CSMS=ws://... ID=... PRODUCT=lecs007 SPEED=1 CA=root.pem KEY_FILE=key.txt SET=KEY=VALUE RECORD=messages.jsonl)
	@$(BIN)/python tools/run_charger.py $(RUN_SETTINGS)

panel: $(VENV)/.installed-panel ## the charger in your browser: car, cards, faults, messages, plots, the central system (PORT=8016 OPEN=no CHARGERS=1 and what run takes)
	@exec $(BIN)/python tools/run_panel.py $(RUN_SETTINGS) $(if $(PORT),--port "$(PORT)") $(if $(OPEN),--open "$(OPEN)") $(if $(CHARGERS),--chargers "$(CHARGERS)")

central-system: $(READY) ## a local central system to point a charger at (PORT=9000 PROFILE=0..3 ID=...); with PROFILE it says what to type for the charger
	@$(BIN)/python tools/central_system.py $(if $(PORT),--port $(PORT)) $(if $(PROFILE),--profile $(PROFILE)) $(if $(ID),--id "$(ID)") $(ARGS)

test: test-cpython test-micropython ## every test, on both interpreters, side by side on all cores (JOBS=0: one after the other)

test-panel: $(VENV)/.installed-panel $(VENV)/.installed-browser ## the panel in a real browser, two minutes (needs chromium and its driver; PICTURES=docs makes the README's)
	@command -v chromium >/dev/null && command -v chromedriver >/dev/null || { echo "make test-panel drives chromium. On Debian: apt install chromium chromium-driver" >&2; exit 1; }
	@PICTURES="$(PICTURES)" $(BIN)/python -m pytest -q -p no:xdist host_tests/browser/panel_in_browser.py

test-cpython: $(READY) ## the tests on CPython (TESTS=host_tests/unit/wire for a part)
	@$(BIN)/python -m pytest -q $(SIDE_BY_SIDE) $(TESTS)

test-micropython: $(READY) ## the portable tests on the real MicroPython interpreter
	@$(BIN)/python -m pytest -q $(SIDE_BY_SIDE) --interpreter=micropython $(if $(filter host_tests,$(TESTS)),host_tests/unit,$(TESTS))

test-32bit: $(READY) ## the portable tests on a MicroPython with 31-bit small integers, as a microcontroller has them (needs node and npm)
	@command -v node >/dev/null && command -v npm >/dev/null || { echo "make test-32bit runs MicroPython as WebAssembly and needs node and npm" >&2; exit 1; }
	@$(BIN)/python -m pytest -q $(SIDE_BY_SIDE) --interpreter=micropython-32bit $(if $(filter host_tests,$(TESTS)),host_tests/unit,$(TESTS))

lint: $(READY) ## ruff over everything
	@$(BIN)/python -m ruff check firmware boards tools host_tests

typecheck: $(READY) ## mypy --strict over everything
	@$(BIN)/python -m mypy

typecheck-boards: $(READY) ## mypy --strict over drivers, runtime and boards against the stubs of each port
	@$(BIN)/python tools/typecheck_boards.py

size: $(READY) ## bytes of .mpy a module and a product, against the budgets
	@$(BIN)/python tools/size.py

bench: $(READY) ## heap of the running firmware and garbage of each message, against the budgets (PRODUCT=lecs007)
	@$(BIN)/python tools/bench.py $(if $(PRODUCT),--product $(PRODUCT))

image: $(READY) ## build the image of a board: .mpy files, ROMFS, manifest (BOARD=W5500_EVB_PICO PRODUCT=lecs007)
	@$(BIN)/python tools/build_image.py $(if $(BOARD),--board $(BOARD)) $(if $(PRODUCT),--product $(PRODUCT)) $(ARGS)

update-package: $(READY) ## one file that UpdateFirmware fetches (BOARD=virtual PRODUCT=full VERSION=0.2.0 KEY=key.pem CERT=certificate.pem)
	@$(BIN)/python tools/update_package.py --board "$(or $(BOARD),virtual)" --product "$(or $(PRODUCT),full)" --version "$(VERSION)" \
		$(if $(KEY),--key "$(KEY)") $(if $(CERT),--cert "$(CERT)")

update-sweep: $(READY) ## an update with the power cut at every flash operation and the link at every kilobyte; half an hour, `make test` runs a sample of it
	@$(BIN)/python host_tests/faults/update_sweep.py $(ARGS)

flash: $(READY) ## deploy onto a board with MicroPython, its data stays (BOARD=W5500_EVB_PICO PORT=/dev/ttyACM0 PRODUCT=full)
	@test -n "$(BOARD)" -a -n "$(PORT)" || { echo "Which board, on which port? make flash BOARD=... PORT=..., boards are in boards/" >&2; exit 1; }
	@$(BIN)/python tools/flash.py --board "$(BOARD)" --port "$(PORT)" $(if $(PRODUCT),--product "$(PRODUCT)") $(ARGS)

provision: $(READY) ## tell a board its identity, central system and keys; asks for them (PORT=/dev/ttyACM0 CA=file.pem)
	@test -n "$(PORT)" || { echo "On which port is the board? make provision PORT=..." >&2; exit 1; }
	@$(BIN)/python tools/provision.py --port "$(PORT)" $(if $(CA),--ca "$(CA)") $(ARGS)

calibrate: $(READY) ## lead a person through the calibration of meter and pilot against reference instruments (PORT=/dev/ttyACM0)
	@test -n "$(PORT)" || { echo "On which port is the board? make calibrate PORT=..." >&2; exit 1; }
	@$(BIN)/python tools/calibrate.py --port "$(PORT)" $(ARGS)

conformance: $(READY) ## run the certification cases of PRODUCT=lecs007 and write build/conformance/<product>.md and .html
	@$(BIN)/python tools/conformance_report.py --product $(or $(PRODUCT),lecs007)

settings-reference: $(READY) ## write the table of all configuration keys into docs/settings.md, from the tables in the code
	@$(BIN)/python tools/settings_reference.py

conformance-websocket: $(VENV)/.installed-websocket ## the Autobahn cases against the wire layer on both interpreters, half a minute
	@$(BIN)/python tools/conformance_websocket.py

sweep: $(READY) ## cut the power at every flash operation, on chargers drawn from the shelf (PRODUCT=full); an hour, `make test` runs a sample of it
	@$(BIN)/python host_tests/faults/sweep_run.py --product $(or $(PRODUCT),full) $(ARGS)

offline: $(READY) ## sessions without a link, a power cut, all delivered; `make test` plays a few of them (SESSIONS=200)
	@$(BIN)/python host_tests/system/offline_sessions.py --sessions $(SESSIONS) $(if $(PRODUCT),--product $(PRODUCT)) $(ARGS)

idle: $(READY) ## 1, 6, 7, 9, 12 and 13 idle days with sessions between, each product on MicroPython; some minutes, `make test` plays a part
	@$(BIN)/python host_tests/system/idle_days.py $(if $(PRODUCT),--product $(PRODUCT)) $(ARGS)

year: $(READY) ## a year of idling and sessions in virtual time, on CPython (PRODUCT=full)
	@$(BIN)/python host_tests/system/idle_days.py --year --runtime cpython --product $(or $(PRODUCT),full) $(ARGS)

random: $(READY) ## random sequences of events and faults on CPython, a tenth as many on MicroPython; `make test` plays a few of them (SEQUENCES=1000)
	@$(BIN)/python -m host_tests.sim.random_sequences --count $(SEQUENCES) $(if $(PRODUCT),--product $(PRODUCT)) $(ARGS)
	@$(BIN)/python -m host_tests.sim.random_sequences --count $$(($(SEQUENCES) / 10)) --seed 5000 --runtime micropython $(if $(PRODUCT),--product $(PRODUCT)) $(ARGS)

trip-times: $(READY) ## from trip to open contacts, for each cause, blocking call and board, in simulated time, and the margin (TRIPS=20 of each)
	@$(BIN)/python -m host_tests.faults.trip_times --samples $(TRIPS) $(if $(PRODUCT),--product $(PRODUCT)) $(ARGS)

flash-contents: $(READY) ## boot and charge on random contents of flash and FRAM; `make test` plays 90 of them (CONTENTS=10000)
	@$(BIN)/python host_tests/faults/flash_contents.py --count $(CONTENTS) $(ARGS)

hostile: $(READY) ## random sequences of a central system that says anything, against the whole charger; `make test` plays a few of them (COUNT=500)
	@$(BIN)/python host_tests/properties/hostile_world.py $(if $(COUNT),--count $(COUNT)) $(ARGS)

vectors: $(READY) ## keys, signatures and certificate paths on the published vectors of NIST and Wycheproof; fetches 85 MB once
	@cmp -s requirements-vectors.txt build/vectors/requirements.txt || { rm -rf build/vectors && mkdir -p build/vectors && \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --target build/vectors -r requirements-vectors.txt && \
		cp requirements-vectors.txt build/vectors/requirements.txt; }
	@$(BIN)/python -m pytest -q host_tests/vectors/pki_signatures.py host_tests/vectors/pki_paths.py

peer-npm: $(READY) ## the npm package ocpp-rpc as a strict central system (needs node and npm)
	@$(BIN)/python host_tests/peers/ocpp_rpc_package.py $(PRODUCT)

check: lint typecheck typecheck-boards test size bench ## all of the above that can fail; CI runs this

clean: ## remove what make made
	rm -rf build .mypy_cache .pytest_cache .ruff_cache .hypothesis $(VENV)
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
