"""The virtual charger: the real firmware of a board on a laptop, with every part around it simulated.

    .venv/bin/python tools/virtual_charger.py --csms ws://127.0.0.1:9000/ocpp --id CP1

Its command line and its control socket are a contract, described in the README.
"""

from __future__ import annotations

import argparse
import importlib.util
import random
import signal
import sys
import tempfile
from pathlib import Path
from types import FrameType
from typing import NoReturn, Optional
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
if __name__ == "__main__":
    sys.path[:0] = [str(ROOT), str(ROOT / "firmware"), str(ROOT / "tools" / "cpython_compat")]

from tools import build_image  # noqa: E402
from tools.sim.flash import Memory  # noqa: E402
from tools.sim.product import Product, ProductError, load_product  # noqa: E402
from tools.sim.provisioning import PROVISIONED, ProvisioningError, certificates_der, production_data  # noqa: E402
from tools.sim.record import Record  # noqa: E402
from tools.sim.simulation import Simulation  # noqa: E402
from tools.sim.tolerances import NOMINAL, WORST, Tolerances  # noqa: E402
from tools.sim.world import World  # noqa: E402

EXIT_USAGE = 2


class UsageError(Exception):
    """A command line that cannot be used, in words."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(message)


def _arguments() -> _Parser:
    parser = _Parser(prog="virtual_charger.py", description="The real charge point firmware in a simulated world.")
    parser.add_argument("--csms", required=True, metavar="URL", help="ws:// or wss:// endpoint of the central system")
    parser.add_argument("--id", required=True, metavar="IDENTITY", help="charge point identity")
    parser.add_argument("--product", default="full", metavar="NAME", help="product definition (default: full)")
    parser.add_argument("--runtime", default="micropython", choices=("micropython", "cpython"))
    parser.add_argument("--code", default="image", choices=("image", "source"), help="what MicroPython runs from")
    parser.add_argument("--heap", metavar="SIZE", help="heap on MicroPython, such as 96K (default: the product's budget)")
    parser.add_argument("--flash", metavar="DIR", type=Path, help="non-volatile memory (default: a fresh temporary folder)")
    parser.add_argument("--ca", metavar="FILE", type=Path, help="root certificates for wss://, DER or PEM")
    parser.add_argument("--key-file", metavar="FILE", type=Path, help="the AuthorizationKey, read from a file instead of the command line")
    parser.add_argument("--rtc", default="battery", choices=("battery", "none"), help="whether the board's clock keeps the time without power")
    parser.add_argument("--time-server", default="", metavar="HOST[:PORT]", help="SNTP server for wss:// without a clock (default: pool.ntp.org)")
    parser.add_argument("--set", metavar="KEY=VALUE", action="append", default=[], help="factory value of a configuration key")
    parser.add_argument("--rated", type=int, default=32, metavar="A", help="rated current that production provisioned, 0: it did not")
    parser.add_argument("--uncalibrated", action="store_true", help="production has not calibrated the unit: it must not close its contactor")
    parser.add_argument("--speed", type=float, default=1.0, metavar="N", help="simulated time runs N times faster than real time")
    parser.add_argument("--control", default="127.0.0.1:0", metavar="HOST:PORT", help="where the control socket listens")
    parser.add_argument("--record", metavar="FILE", type=Path, help="every OCPP frame as a line of JSON")
    parser.add_argument("--parts", default="nominal", metavar="KIND", help="nominal, worst, or a number: parts drawn from within their tolerances")
    return parser


def _parts(text: str) -> Tolerances:
    if text in ("nominal", "worst"):
        return NOMINAL if text == "nominal" else WORST
    if not text.isascii() or not text.isdigit():
        raise UsageError("--parts %s: nominal, worst or a number is needed" % text)
    return Tolerances.drawn(random.Random(int(text)))


def _check_url(url: str) -> None:
    parts = urlsplit(url)
    try:
        _ = parts.port
    except ValueError:
        raise UsageError("--csms %s: the port is not a number up to 65535" % url) from None
    if parts.scheme not in ("ws", "wss") or not parts.hostname:
        raise UsageError("--csms %s: a ws:// or wss:// URL with a host is needed" % url)


def _heap_text(text: str) -> str:
    digits = text[:-1] if text[-1:].upper() in ("K", "M") else text
    if not digits.isascii() or not digits.isdigit() or int(digits) == 0:
        raise UsageError("--heap %s: a size such as 96K is needed" % text)
    return text


def _control_address(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not colon or not host or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise UsageError("--control %s: HOST:PORT is needed" % text)
    return host.strip("[]"), int(port)


def _factory(settings: list[str]) -> dict[str, str]:
    values = {}
    for setting in settings:
        key, equals, value = setting.partition("=")
        if not equals or not key:
            raise UsageError("--set %s: KEY=VALUE is needed" % setting)
        values[key] = value
    return values


def _key(path: Path) -> str:
    """The AuthorizationKey in a file; a line end behind it does not belong to it."""
    try:
        key = path.read_text("utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        raise UsageError("--key-file %s: holds no text" % path) from None
    if not key or "\n" in key:
        raise UsageError("--key-file %s: one line with the AuthorizationKey is needed" % path)
    return key


def _launch_arguments(options: argparse.Namespace, product: Product) -> list[str]:
    built = build_image.build("virtual", options.product, compiled=options.runtime == "micropython" and options.code == "image")
    arguments = ["--runtime", options.runtime, "--stage", str(built.stage)]
    if options.runtime == "micropython":
        if importlib.util.find_spec("micropython_run") is None:
            raise UsageError("there is no MicroPython interpreter in this environment: run make setup, or use --runtime cpython")
        arguments += ["--heap", _heap_text(options.heap) if options.heap is not None else product.heap]
        if options.code == "image":
            arguments += ["--image", str(built.romfs)]
    return arguments


def _prepare(arguments: list[str]) -> tuple[Simulation, Memory, bool]:
    options = _arguments().parse_args(arguments)
    _check_url(options.csms)
    if not options.id:
        raise UsageError("--id: an identity is needed")
    if not 0 < options.speed <= 1000:
        raise UsageError("--speed %g: a number up to 1000 is needed" % options.speed)
    control = _control_address(options.control)
    parts = _parts(options.parts)
    factory = _factory(options.set)
    if options.key_file is not None:
        if "AuthorizationKey" in factory:
            raise UsageError("--key-file and --set AuthorizationKey both give a key: use one of them")
        factory["AuthorizationKey"] = _key(options.key_file)
    product = load_product(options.product, {key: value for key, value in factory.items() if key not in PROVISIONED})
    roots = certificates_der(options.ca) if options.ca is not None else []
    launch = _launch_arguments(options, product)
    temporary = options.flash is None
    memory = Memory(Path(tempfile.mkdtemp(prefix="virtual-charger-")) if temporary else options.flash)
    data = production_data(options.csms, options.id, factory, roots, memory, options.time_server, options.rtc == "battery",
                           rated_a=options.rated, calibrated=not options.uncalibrated)
    world = World(product.connectors, memory, parts)
    record = Record(options.record, lambda: world.schedule.now_ms / 1000)
    return Simulation(world, memory, options.speed, launch, data, record, control), memory, temporary


def main(arguments: list[str]) -> int:
    """Run a virtual charger until it is told to end; returns the exit status."""
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))  # while the image is built
    try:
        simulation, memory, temporary = _prepare(arguments)
    except (UsageError, build_image.ImageError, ProductError, ProvisioningError, OSError) as error:
        print("virtual_charger: %s" % error, file=sys.stderr)
        return EXIT_USAGE

    def end(number: int, frame: Optional[FrameType]) -> None:
        simulation.ended = True

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    try:
        simulation.begin()
        simulation.run()
    finally:
        simulation.close()
        memory.close(remove=temporary)
    return 1 if simulation.crashed or simulation.invariants.violations else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
