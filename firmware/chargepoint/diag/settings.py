"""`diag.config()`: the configuration keys, read and changed by the same rules as the central system's requests."""

from chargepoint.ocpp16.keys import KEY_COUNT, KEYS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterator

# The status codes that `Configuration.change` answers with.
_ANSWERS = {0: "changed", 1: "refused: not a valid value, or the key cannot be changed", 3: "changed, from the next restart on", 4: "there is no such key"}


def screen(app: "Any", now: int, key: "str | None", value: "str | None") -> "Iterator[str]":
    """The lines of `diag.config()`."""
    config = app.core.config
    if key is not None and value is not None:
        yield "%s: %s" % (key, change(app, key, str(value), now))
        return
    found = False
    at = 0
    for index in range(KEY_COUNT):
        end = KEYS.find(b" ", at)
        name = str(KEYS[at + 1 : end - 1], "utf-8")
        mode = KEYS[end + 2]
        at = KEYS.find(b"\n", end) + 1
        if config.values[index] is None or (key is not None and name.lower() != key.lower()):
            continue
        found = True
        shown = config.spell(index) if config.is_readable(index) else "(not shown; %s)" % ("set" if config.values[index] else "empty")
        yield "%-36s %s%s" % (name, shown, "  (read-only)" if mode == 0x72 else "")
    if not found:
        yield "there is no key %s in this product" % key


def change(app: "Any", key: str, value: str, now: int) -> str:
    """Change a key; what became of it in words. Not while a contactor is closed: it would write the flash."""
    if app.contactor_closed():
        return "refused: a contactor is closed, and the flash is not written meanwhile"
    core = app.core
    answer = core.config.change(key, value)
    if answer in (0, 3):
        core.on_configuration(core.config.changed, now)
        core.on_answer_sent(now)
    return _ANSWERS.get(answer, "answer %d" % answer)
