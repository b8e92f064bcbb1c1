"""The panel in the browser: virtual chargers on the real firmware, and the central system's side. `make panel` starts this."""

from __future__ import annotations

import argparse
import importlib.util
import os
import socket
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tools.run.stage import Settings

PORT = 8016


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--csms", help="another central system than the local one: ws://... without the identity")
    parser.add_argument("--id", default="PILOTLINE-1", help="identity of the first charge point (%(default)s); further ones count on")
    parser.add_argument("--product", default="full", help="lecs007, full or duo (%(default)s)")
    parser.add_argument("--speed", type=float, default=1.0, help="simulated time runs this many times faster (%(default)g)")
    parser.add_argument("--chargers", type=int, default=1, metavar="N", help="how many chargers, 1 to 8 (%(default)s)")
    parser.add_argument("--port", type=int, default=PORT, help="where the page is (%(default)s); 0 picks a free one")
    parser.add_argument("--open", choices=("yes", "no"), default="yes", help="whether to open a browser (%(default)s)")
    parser.add_argument("--ca", type=Path, metavar="FILE", help="root certificates for wss://, DER or PEM")
    parser.add_argument("--key-file", type=Path, metavar="FILE", help="the AuthorizationKey, in a file")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="factory value of a configuration key")
    parser.add_argument("--record", type=Path, metavar="FILE", help="keep every OCPP message of the first charger, a line of JSON each")
    arguments = parser.parse_args()
    if not 1 <= arguments.chargers <= 8:
        parser.error("--chargers must be 1 to 8")
    return arguments


def _identity(first: str, number: int) -> str:
    """The identity of a charger: the first one's, with its last number counted on."""
    digits = first[len(first.rstrip("0123456789")) :]
    return first[: len(first) - len(digits)] + str(int(digits) + number).zfill(len(digits)) if digits else first + (f"-{number + 1}" if number else "")


def _settings(arguments: argparse.Namespace) -> list[Settings]:
    extra = [f"--set={setting}" for setting in arguments.set]
    extra += [f"--ca={arguments.ca}"] if arguments.ca else []
    extra += [f"--key-file={arguments.key_file}"] if arguments.key_file else []
    return [
        Settings(arguments.csms, _identity(arguments.id, number), arguments.product, arguments.speed, tuple(extra), arguments.record if number == 0 else None)
        for number in range(arguments.chargers)
    ]


def _free_port(port: int) -> int:
    """The port itself, or a free one for 0. Raises: OSError."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))
        return int(probe.getsockname()[1])


def _shows_windows() -> bool:
    return sys.platform in ("darwin", "win32") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _main() -> int:
    arguments = _arguments()
    if importlib.util.find_spec("nicegui") is None:
        print("The panel needs the package nicegui, which `make panel` installs: start it with `make panel`.", file=sys.stderr)
        return 2
    try:
        port = _free_port(arguments.port)
    except (OSError, OverflowError) as error:
        print(f"Port {arguments.port} cannot be used ({error}): choose another with PORT=, such as PORT=0 for any free one.", file=sys.stderr)
        return 2
    from tools.panel.server import serve

    return serve(_settings(arguments), port, arguments.open == "yes" and _shows_windows())


if __name__ == "__main__":
    try:
        sys.exit(_main())
    except KeyboardInterrupt:
        sys.exit(0)
