"""One charger as the central system sees it: its connection, its messages, its transactions, and calls to it."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Coroutine
from typing import Any

from ocpp.messages import Call, CallError, CallResult
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from tools.csms.clock import Clock
from tools.csms.ledger import Ledger
from tools.csms.messages import Message, MessageLog, Timeout
from tools.csms.policy import Answer, Policy, Refusal, Rule, Silence
from tools.csms.schema import CALL, CALL_ERROR, InvalidMessage, check_payload, is_action, parse, split_frame


class Refused(Exception):
    """The charger answered a call with a CALLERROR."""

    def __init__(self, code: str, description: str) -> None:
        super().__init__(f"{code}: {description}")
        self.code = code
        self.description = description


class Charger:
    """A charger by its identity; it outlives its connections.

    answers: rules that come before the policy's answer, by action: an answer, or a function of the payload (plain or async) that
    returns one, or None for the policy's. A request that gets SILENCE counts as received: it was the answer that got lost.
    follow_ups: what to do once the answer to the request at hand has been sent; a rule puts it there.
    problems: everything it sent that OCPP does not allow. A good charger leaves this and `ledger.problems` empty.
    """

    def __init__(self, identity: str, policy: Policy, clock: Clock, on_message: Callable[[Charger, Message], None] | None = None) -> None:
        self.identity = identity
        self.policy = policy
        self.log = MessageLog()
        self.ledger = Ledger()
        self.answers: dict[str, Rule] = {}
        self.follow_ups: list[Callable[[], Coroutine[Any, Any, None]]] = []
        self.problems: list[str] = []
        self.connections = 0
        self._clock = clock
        self._on_message = on_message
        self._socket: ServerConnection | None = None
        self._turn = asyncio.Lock()
        self._pending: dict[str, tuple[str, asyncio.Future[Message]]] = {}
        self._last_unique_id = 0
        self._tasks: set[asyncio.Task[None]] = set()

    # What a test or a person does.

    @property
    def connected(self) -> bool:
        """Whether its WebSocket is open."""
        return self._socket is not None

    @property
    def server_host(self) -> str:
        """Our address as this charger knows it, empty when it is not connected."""
        return str(self._socket.local_address[0]) if self._socket is not None else ""

    @property
    def all_problems(self) -> list[str]:
        """Everything wrong so far, in the messages and in the transactions."""
        return self.problems + self.ledger.problems

    async def wait_connected(self, timeout_s: float = 10.0, connection: int = 1) -> None:
        """Wait until it is connected, for at least the given number of times."""
        deadline = asyncio.get_running_loop().time() + timeout_s
        while self._socket is None or self.connections < connection:
            if asyncio.get_running_loop().time() > deadline:
                raise Timeout(f"{self.identity} did not connect within {timeout_s:g} s")
            await asyncio.sleep(0.02)

    async def expect(self, action: str, since: int = 0, timeout_s: float = 10.0, **fields: object) -> Message:
        """Return its first request of that action with these payload fields, from message number `since` on; wait for it if need be."""
        return await self.log.expect(action, since, timeout_s, **fields)

    async def call(self, action: str, payload: dict[str, Any] | None = None, timeout_s: float = 10.0, check: bool = True) -> dict[str, Any]:
        """Send a request and return the payload of its answer; one at a time, as OCPP wants.

        Raises: Refused for a CALLERROR, Timeout, ConnectionError when it is not or no longer connected, InvalidMessage when our own
        payload breaks the schema (unless `check` is False).
        """
        payload = payload or {}
        if check:
            check_payload(action, payload)
        async with self._turn:
            self._last_unique_id += 1
            unique_id = f"cs-{self._last_unique_id}"
            future: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
            self._pending[unique_id] = (action, future)
            try:
                await self._send(CALL, unique_id, action, payload, Call(unique_id, action, payload).to_json())
                answer = await asyncio.wait_for(future, timeout_s)
            except asyncio.TimeoutError:
                raise Timeout(f"{action} was not answered within {timeout_s:g} s") from None
            finally:
                self._pending.pop(unique_id, None)
        if answer.is_error:
            raise Refused(answer.error_code, answer.error_description)
        result: dict[str, Any] = answer.payload
        return result

    async def send_raw(self, data: str | bytes) -> None:
        """Send any text or binary frame, for tests of bad central systems."""
        if self._socket is None:
            raise ConnectionError(f"{self.identity} is not connected")
        await self._socket.send(data)

    async def disconnect(self, code: int = 1001) -> None:
        """Close its connection; it will be back."""
        if self._socket is not None:
            await self._socket.close(code)

    def abort(self) -> None:
        """Drop its connection without a word, as a dying network does."""
        if self._socket is not None:
            self._socket.transport.abort()

    # What the server does.

    async def serve(self, socket: ServerConnection) -> None:
        """Speak OCPP on one connection until it ends. A newer connection of the same charger takes the place of an older one."""
        if self._socket is not None:
            await self._socket.close(1001, "replaced by a newer connection")
        self._socket = socket
        self.connections += 1
        calls: asyncio.Queue[tuple[str, str, dict[str, Any]]] = asyncio.Queue()
        worker = asyncio.ensure_future(self._answer_calls(calls))
        try:
            async for data in socket:
                if isinstance(data, bytes):
                    self.problems.append("a binary WebSocket frame")
                else:
                    await self._received(data, calls)
        except ConnectionClosed:
            pass
        finally:
            worker.cancel()
            if self._socket is socket:
                self._socket = None
                for _, future in self._pending.values():
                    if not future.done():
                        future.set_exception(ConnectionError(f"{self.identity} disconnected"))
            self.log.wake()

    async def _received(self, text: str, calls: asyncio.Queue[tuple[str, str, dict[str, Any]]]) -> None:
        try:
            kind, name, payload = split_frame(text)
            unique_id = str(parse(text)[1])
        except InvalidMessage as error:
            self.problems.append(str(error))
            await self._refuse_unreadable(text)
            return
        if kind == CALL:
            await self._note(kind, True, unique_id, name, payload, text)
            calls.put_nowait((unique_id, name, payload))
            return
        action, future = self._pending.get(unique_id, ("", None))
        parts = parse(text)
        message = await self._note(kind, True, unique_id, action, payload, text, *(parts[2:4] if kind == CALL_ERROR else ()))
        if future is None:
            self.problems.append(f"an answer to no open request: {text[:200]}")
            return
        if kind != CALL_ERROR:
            self._check(action + "Response", payload)
        if not future.done():
            future.set_result(message)

    async def _answer_calls(self, calls: asyncio.Queue[tuple[str, str, dict[str, Any]]]) -> None:
        while True:
            unique_id, action, payload = await calls.get()
            if not is_action(action):
                self.problems.append(f"{action}: OCPP 1.6 has no such action")
                answer: Answer = Refusal("NotImplemented", f"no action {action}")
            elif not self._check(action, payload):
                answer = Refusal("TypeConstraintViolation", self.problems[-1][:255])
            else:
                answer = await self._answer(unique_id, action, payload)
            try:
                await self._send_answer(unique_id, action, answer)
            except (ConnectionClosed, ConnectionError):
                return
            while self.follow_ups:
                task = asyncio.create_task(self.follow_ups.pop(0)())
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def _answer(self, unique_id: str, action: str, payload: dict[str, Any]) -> Answer:
        rule = self.answers.get(action)
        answer = rule(payload) if callable(rule) else rule
        if inspect.isawaitable(answer):
            answer = await answer
        if isinstance(answer, Refusal):
            return answer  # what is refused is not booked
        scripted_id = answer.get("transactionId") if isinstance(answer, dict) else None
        default = self.policy.answer(action, unique_id, payload, await self._clock.now(), self.ledger, scripted_id)
        return default if answer is None else answer

    async def _send_answer(self, unique_id: str, action: str, answer: Answer) -> None:
        if isinstance(answer, Silence):
            return
        if isinstance(answer, Refusal):
            text = CallError(unique_id, answer.code, answer.description).to_json()
            await self._send(CALL_ERROR, unique_id, action, {}, text, answer.code, answer.description)
            return
        check_payload(action + "Response", answer)
        await self._send(3, unique_id, action, answer, CallResult(unique_id, answer).to_json())

    async def _refuse_unreadable(self, text: str) -> None:
        try:
            frame = parse(text)
        except InvalidMessage:
            return
        if isinstance(frame, list) and len(frame) > 1 and frame[0] == CALL and isinstance(frame[1], str):
            await self._send_answer(frame[1], "", Refusal("FormationViolation", "this is no OCPP-J message"))

    async def _send(self, kind: int, unique_id: str, action: str, payload: Any, text: str, *error: str) -> None:
        if self._socket is None:
            raise ConnectionError(f"{self.identity} is not connected")
        await self._note(kind, False, unique_id, action, payload, text, *error)
        await self._socket.send(text)

    def _check(self, name: str, payload: object) -> bool:
        try:
            check_payload(name, payload)
        except InvalidMessage as error:
            self.problems.append(str(error))
            return False
        return True

    async def _note(self, kind: int, from_charger: bool, unique_id: str, action: str, payload: Any, text: str, *error: str) -> Message:
        now = await self._clock.now()
        message = Message(len(self.log), now, from_charger, kind, unique_id, action, payload, text, *error)
        self.log.add(message)
        if self._on_message is not None:
            self._on_message(self, message)
        return message
