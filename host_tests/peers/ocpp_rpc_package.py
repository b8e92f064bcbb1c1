"""`make peer-npm`: the npm package `ocpp-rpc` in strict mode as central system, over the same run; needs node and npm."""

from __future__ import annotations

import itertools
import json
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
for _folder in (str(ROOT), str(ROOT / "firmware"), str(ROOT / "tools" / "cpython_compat")):
    if _folder not in sys.path:
        sys.path.insert(0, _folder)

from host_tests.npm_package import install_npm  # noqa: E402
from host_tests.peers.conformance_like_run import conformance_like_run  # noqa: E402
from host_tests.peers.peer import Peer, Refused  # noqa: E402

SOURCES = Path(__file__).resolve().parent / "npm"
INSTALLED = ROOT / "build" / "peer-npm"


def install() -> None:
    """Install the pinned package into build/peer-npm, unless it is there."""
    install_npm(SOURCES, INSTALLED, ("central.js",))


class OcppRpcPeer(Peer):
    """The node process, spoken to in JSON lines."""

    def __init__(self) -> None:
        super().__init__()
        self._numbers = itertools.count(1)
        self._answers: dict[int, dict[str, Any]] = {}
        self._port = 0
        self._process = subprocess.Popen(["node", "central.js"], cwd=INSTALLED, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        with self.news:
            if not self.news.wait_for(lambda: self._port, 20):
                raise AssertionError("the node process did not start to listen")

    def _read(self) -> None:
        assert self._process.stdout is not None
        for text in self._process.stdout:
            line = json.loads(text)
            if "received" in line:
                self.note(line["received"], line["params"], line["result"])
            elif "failure" in line:
                self.complain(f"{line['failure']}: {line['detail']} {line.get('params', '')}")
            with self.news:
                self._port = line.get("listening", self._port)
                if "id" in line:
                    self._answers[line["id"]] = line
                self.news.notify_all()

    def _order(self, order: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"ws://127.0.0.1:{self._port}"

    def call(self, action: str, **payload: Any) -> dict[str, Any]:
        """Send a CALL; the package validates request and answer."""
        number = next(self._numbers)
        self._order({"id": number, "call": action, "params": payload})
        with self.news:
            if not self.news.wait_for(lambda: number in self._answers, 30):
                raise ConnectionError(f"{action}: no answer")
        answer = self._answers[number]
        if "error" in answer:
            if answer["error"] not in ("NotSupported", "NotImplemented"):
                self.complain(f"{action}: {answer['error']}: {answer['description']}")
            raise Refused(answer["error"])
        result: dict[str, Any] = answer["result"]
        return result

    def registration(self, status: str, interval_s: int) -> None:
        """Answer one BootNotification like this."""
        self._order({"registration": [status, interval_s]})

    def close(self) -> None:
        """End the node process."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def main() -> int:
    """Install, run for lecs007 and full, and count."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        print("make peer-npm needs node 18 or newer and npm, and found none on the path.", file=sys.stderr)
        return 2
    install()
    for product in sys.argv[1:] or ("lecs007", "full"):
        peer = OcppRpcPeer()
        try:
            calls = conformance_like_run(peer, product)
        finally:
            peer.close()
        print(f"npm ocpp-rpc, strict mode, {product}: {calls} messages of the charge point, {len(peer.complaints)} strict validation failures", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
