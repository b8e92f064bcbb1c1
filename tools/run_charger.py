"""Plays one charging session on the virtual charger, then hands it over to your keys. `make run` starts this.

Without a terminal (piped, in CI) it prints what happens as lines and exits 0 when the session was right and the energy adds up,
1 when not.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tools.run import lines
from tools.run.stage import Settings, Stage


def _arguments() -> argparse.Namespace:
    default = Settings()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--csms", help="another central system than the local one: ws://... without the identity")
    parser.add_argument("--id", default=default.identity, help="identity of the charge point (%(default)s)")
    parser.add_argument("--product", default=default.product, help="lecs007, full or duo (%(default)s)")
    parser.add_argument("--speed", type=float, default=default.speed, help="simulated time runs this many times faster (%(default)g)")
    parser.add_argument("--ca", type=Path, metavar="FILE", help="root certificates for wss://, DER or PEM")
    parser.add_argument("--key-file", type=Path, metavar="FILE", help="the AuthorizationKey (the central system's password for this charger), in a file")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="factory value of a configuration key")
    parser.add_argument("--record", type=Path, metavar="FILE", help="keep every OCPP message, a line of JSON each")
    parser.add_argument("--lines", action="store_true", help="lines instead of the view, in a terminal too")
    parser.add_argument("--picture", type=Path, metavar="FILE", help="save the view as SVG in the middle of the session, and end with it")
    return parser.parse_args()


def _main() -> int:
    arguments = _arguments()
    extra = [f"--set={setting}" for setting in arguments.set]
    extra += [f"--ca={arguments.ca}"] if arguments.ca else []
    extra += [f"--key-file={arguments.key_file}"] if arguments.key_file else []
    stage = Stage(Settings(arguments.csms, arguments.id, arguments.product, arguments.speed, tuple(extra), arguments.record))
    if arguments.picture is None and (arguments.lines or not (sys.stdin.isatty() and sys.stdout.isatty())):
        return asyncio.run(lines.run(stage))
    from tools.run.view import RunView

    view = RunView(stage, arguments.picture)
    view.run(headless=arguments.picture is not None, size=(150, 42) if arguments.picture else None)
    for line in view.parting_words:
        print(line)
    return view.return_code or 0


if __name__ == "__main__":
    try:
        sys.exit(_main())
    except KeyboardInterrupt:
        sys.exit(130)
