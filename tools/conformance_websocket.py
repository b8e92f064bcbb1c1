"""The Autobahn cases of WebSocket (groups 1 to 7 and 10) against the firmware's wire layer, on both interpreters. `make conformance-websocket` starts this.

The server that plays them is the package kosoku, which runs the case files of the Autobahn test suite. The client is tools/websocket/echo_client.py.
A case passes with OK, NON-STRICT or INFORMATIONAL. What the firmware refuses by decision is listed here, case by case, and has to be refused:
a case of the list that passes ends the run with an error as well, so that the list stays true.

The result is a line a runtime on standard output and a table in build/conformance.
"""

from __future__ import annotations

import asyncio
import fnmatch
import importlib.util
import os
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))

from tools import build_image  # noqa: E402

CLIENT = ROOT / "tools" / "websocket" / "echo_client.py"
CASES = ["1.*", "2.*", "3.*", "4.*", "5.*", "6.*", "7.*", "10.*"]
RUNTIMES = ("cpython", "micropython")
LIMIT_S = 300
PASSED = ("OK", "NON-STRICT", "INFORMATIONAL")
# What is refused, and why. Nothing in OCPP-J is binary: such a message ends the connection with 1003 (RFC 6455, 7.4.1).
BINARY = "a binary message: OCPP-J has none, closed with 1003"
TOO_LONG = "longer than the greatest receive buffer, 65,535 bytes with the frame's header: not sent back"
REFUSED = {
    "1.2.*": BINARY,
    "1.1.[678]": TOO_LONG,
    "10.1.1": TOO_LONG,
}


@dataclass(frozen=True)
class Verdict:
    """What the server says of one case."""

    case: str
    behavior: str
    close: str
    description: str

    @property
    def passed(self) -> bool:
        """Conformant in its messages and in its end."""
        return self.behavior in PASSED and self.close in PASSED

    @property
    def refused(self) -> str:
        """Why the firmware refuses what this case sends; nothing when it does not."""
        for pattern, why in REFUSED.items():
            if fnmatch.fnmatchcase(self.case, pattern):
                return why
        return ""


def command(runtime: str) -> tuple[list[str], dict[str, str]]:
    """The interpreter's command and its environment."""
    if runtime == "cpython":
        path = [ROOT / "firmware", ROOT / "tools" / "cpython_compat"]
        return [sys.executable], dict(os.environ, PYTHONPATH=os.pathsep.join(map(str, path)))
    start = "import sys, micropython_unix; sys.argv[0] = 'micropython'; sys.exit(micropython_unix.main())"
    return [sys.executable, "-c", start, "-X", "heapsize=512K"], dict(os.environ, MICROPYPATH=f"{ROOT / 'firmware'}{os.pathsep}.frozen")


async def play(runtime: str, cases: list[str]) -> list[Verdict]:
    """All cases on one interpreter, in the order of the suite. Raises: RuntimeError when the client ends early."""
    from kosoku import FailureError, run_fuzzingserver

    async with run_fuzzingserver(cases, host="127.0.0.1", port=0) as server:
        interpreter, environment = command(runtime)
        client = await asyncio.create_subprocess_exec(*interpreter, str(CLIENT), server.address, str(server.port), runtime, env=environment,
                                                      stdin=asyncio.subprocess.DEVNULL)
        try:
            status = await asyncio.wait_for(client.wait(), LIMIT_S)
        except asyncio.TimeoutError:
            client.kill()
            await client.wait()
            raise RuntimeError(f"the client on {runtime} was not through after {LIMIT_S} s") from None
        if status:
            raise RuntimeError(f"the client on {runtime} ended with status {status}")
        try:
            results = await asyncio.wait_for(server.get_result(), LIMIT_S)
        except FailureError as failed:
            results = failed.results
    return [Verdict(r.case_id, r.behavior.value, r.behavior_close.value, " ".join(r.description.split())) for r in results]


def wrong(verdicts: list[Verdict]) -> list[Verdict]:
    """The cases that failed although nothing is refused there, or passed although it is."""
    return [verdict for verdict in verdicts if verdict.passed == bool(verdict.refused)]


def table(played: dict[str, list[Verdict]]) -> str:
    """The report, in Markdown."""
    lines = ["# WebSocket conformance", "", "Autobahn cases against the wire layer of the firmware; end: how the closing handshake was judged.", "",
             "| case | " + " | ".join(played) + " | end | remark |", "|---|" + "---|" * (len(played) + 2)]
    for verdicts in zip(*played.values()):
        first = verdicts[0]
        marks = " | ".join(verdict.behavior for verdict in verdicts)
        lines.append(f"| {first.case} | {marks} | {first.close} | {first.refused} |")
    return "\n".join(lines) + "\n"


def main(cases: list[str]) -> int:
    """Play, print and write; the exit status."""
    played: dict[str, list[Verdict]] = {}
    failed = 0
    for runtime in RUNTIMES:
        if runtime == "micropython" and importlib.util.find_spec("micropython_unix") is None:
            print("micropython: there is no interpreter for this platform, nothing was played", flush=True)
            continue
        played[runtime] = verdicts = asyncio.run(play(runtime, cases or CASES))
        bad = wrong(verdicts)
        failed += len(bad)
        strict = sum(verdict.behavior == "OK" for verdict in verdicts)
        decided = sum(bool(verdict.refused) for verdict in verdicts)
        print(f"{runtime}: {len(verdicts)} cases, {strict} OK, {len(verdicts) - strict - decided - len(bad)} non-strict or informational, "
              f"{decided} refused by decision, {len(bad)} wrong", flush=True)
        for verdict in bad:
            print(f"  {verdict.case}: {verdict.behavior}, end {verdict.close}: {verdict.description}")
    report = (build_image.BUILD / "conformance" / "websocket").with_suffix(".md")
    report.parent.mkdir(parents=True, exist_ok=True)
    report.write_text(table(played), "utf-8")
    print(report.relative_to(ROOT) if report.is_relative_to(ROOT) else report)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
