"""A local central system for OCPP 1.6J: prints every message, checks it against the official schema, takes commands.

Point a charger at it (`make central-system`, then ws://127.0.0.1:9000) and type `help`. With `--profile` it speaks one of the security profiles: it makes
a password, a root, a server certificate and the charger's first one in a folder, and issues the certificates that chargers ask for.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import threading
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tools.csms.certificate import server_context
from tools.csms.charger import Charger, Refused
from tools.csms.commands import HELP, Unusable, request
from tools.csms.files import FileServer
from tools.csms.messages import Message, Timeout
from tools.csms.policy import Policy
from tools.csms.profiles import PROFILES, prepare
from tools.csms.schema import InvalidMessage
from tools.csms.server import CentralSystem
from tools.csms.transfers import HELP as TRANSFER_HELP, WORDS as TRANSFER_WORDS, Transfers
from tools.run.stage import Settings

FOLDER = Path("build/central-system")
IDENTITY = Settings.identity


class Prompt:
    """Carries out the commands that a person types."""

    def __init__(self, central_system: CentralSystem, transfers: Transfers) -> None:
        self._central_system = central_system
        self._transfers = transfers
        self._chosen = ""

    async def run(self, line: str) -> bool:
        """Carry out one line; False when it was the last."""
        word, *arguments = line.split() or [""]
        if word in ("quit", "exit"):
            return False
        if word == "help":
            print(TRANSFER_HELP + "\n" + HELP)
        elif word == "status":
            self._status()
        elif word == "use":
            self._chosen = " ".join(arguments)
        elif word == "boot":
            self._boot(arguments)
        elif word == "card":
            self._card(arguments)
        elif word:
            await self._send(line)
        return True

    def _boot(self, statuses: list[str]) -> None:
        if not statuses or not set(statuses) <= {"Accepted", "Pending", "Rejected"}:
            print("! boot STATUS ...: Accepted, Pending or Rejected")
        else:
            self._central_system.policy.boot = statuses

    def _card(self, arguments: list[str]) -> None:
        if len(arguments) not in (2, 3) or arguments[1] not in ("Accepted", "Blocked", "Expired", "Invalid", "ConcurrentTx"):
            print("! card CARD STATUS [PARENT]: Accepted, Blocked, Expired, Invalid or ConcurrentTx")
            return
        info = {"status": arguments[1]}
        if len(arguments) == 3:
            info["parentIdTag"] = arguments[2]
        self._central_system.policy.cards[arguments[0].upper()] = info

    def _status(self) -> None:
        for charger in self._central_system.chargers.values():
            print(f"{charger.identity}: {'connected' if charger.connected else 'not connected'}, {len(charger.log)} messages")
            for transaction in charger.ledger.transactions:
                state = "running" if transaction.running else f"stopped ({transaction.reason})"
                about = f"connector {transaction.connector_id}, {transaction.id_tag}, {state}, {transaction.energy_wh} Wh"
                print(f"  transaction {transaction.transaction_id}: {about}")
            for problem in charger.all_problems:
                print(f"  ! {problem}")

    async def _send(self, line: str) -> None:
        connected = [charger for charger in self._central_system.chargers.values() if charger.connected]
        chosen = [charger for charger in connected if self._chosen in ("", charger.identity)]
        if len(chosen) != 1:
            print("! no charger is connected" if not chosen else "! several chargers are connected: use IDENTITY")
            return
        running = chosen[0].ledger.running()
        try:
            if line.split()[0] in TRANSFER_WORDS:
                action, payload = self._transfers.request(line, chosen[0].identity, chosen[0].server_host)
            else:
                action, payload = request(line, running[-1].transaction_id if running else None)
            await chosen[0].call(action, payload)
        except (Unusable, Refused, Timeout, InvalidMessage, ConnectionError) as error:
            print(f"! {error}")


def print_message(charger: Charger, message: Message) -> None:
    """Print one message as a line."""
    time = message.time.strftime("%H:%M:%S.%f")[:-3]
    print(f"{time} {charger.identity} {'<' if message.from_charger else '>'} {message.text}", flush=True)


def _lines(loop: asyncio.AbstractEventLoop) -> asyncio.Queue[str]:
    """Read standard input in a thread of its own: the one way that works for terminals, pipes and files alike."""
    queue: asyncio.Queue[str] = asyncio.Queue()

    def read() -> None:
        for line in sys.stdin:
            loop.call_soon_threadsafe(queue.put_nowait, line.strip())

    threading.Thread(target=read, daemon=True).start()
    return queue


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (0.0.0.0 for a charger on the network)")
    parser.add_argument("--port", type=int, default=9000, help="0 picks a free one")
    parser.add_argument("--boot", default="Accepted", help="answers to BootNotification, such as Rejected,Pending,Accepted")
    parser.add_argument("--interval", type=int, default=300, help="heartbeat or retry interval in seconds")
    parser.add_argument("--key", action="append", default=[], metavar="IDENTITY=KEY", help="AuthorizationKey of a charger")
    parser.add_argument("--profile", type=int, choices=PROFILES, help="security profile: 1 a password, 2 TLS and a password, 3 TLS and client certificates")
    parser.add_argument("--folder", type=Path, default=FOLDER, metavar="DIR", help="where passwords, keys and certificates of a profile are (%(default)s)")
    parser.add_argument("--id", default=IDENTITY, help="identity of the charger that profile 3 makes a first certificate for (%(default)s)")
    parser.add_argument("--tls", type=Path, metavar="DIR", help="wss:// with a certificate made in this folder; give its root.der to the charger")
    return parser.parse_args()


async def _main(arguments: argparse.Namespace) -> None:
    keys = {identity: key.encode() for identity, _, key in (text.partition("=") for text in arguments.key)}
    names = () if arguments.host in ("0.0.0.0", "::") else (arguments.host,)
    security = prepare(arguments.profile or 0, arguments.folder, arguments.id, names)
    if arguments.tls:
        security.tls = server_context(arguments.tls)
    central_system = CentralSystem(
        Policy(boot=arguments.boot.split(","), interval_s=arguments.interval),
        host=arguments.host,
        port=arguments.port,
        keys=keys,
        tls=security.tls,
        authority=security.authority,
        any_key=security.any_key,
        on_message=print_message,
        on_connection=lambda identity, text: print(f"* {identity} {text}", flush=True),
    )
    files_tls = security.authority.server_context(clients=False) if security.authority else security.tls
    files = FileServer(arguments.folder / "uploads", arguments.host, files_tls, lambda text: print(f"* {text}", flush=True))
    async with central_system, files:
        print(f"* listening on {central_system.url}; a charger appends its identity. Type help for commands.", flush=True)
        if arguments.profile is not None:
            print(f"* security profile {arguments.profile}: {security.how_to_connect(central_system.url, arguments.id)}", flush=True)
        lines = _lines(asyncio.get_running_loop())
        prompt = Prompt(central_system, Transfers(files))
        while await prompt.run(await lines.get()):
            pass


if __name__ == "__main__":
    try:
        asyncio.run(_main(_arguments()))
    except KeyboardInterrupt:
        pass
    except OSError as error:
        sys.exit(f"cannot listen: {error}")
