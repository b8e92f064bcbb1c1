"""Which of the two slots starts: three characters, "ab2" = slot a is good, slot b is on trial and may be started twice more; "b--" = slot b is good.

The chooser, which runs before anything of a slot does (tools/launcher/boot.py on a board with files, tools/sim/bootloader.py in the virtual one),
starts the slot on trial as long as it has starts left, and takes one away before; then the good one. A slot is on trial until the firmware in it
has shown that it works (runtime/features/firmware.py), which makes it the good one. A trial with no starts left has failed.

A state that nobody can read is that of a new board: slot a.
"""

TRIAL_STARTS = 3  # so many, for whatever reason: mains that fail in a trial are no failure of the firmware


def readable(text: str) -> str:
    """The state in three characters, whatever was read; a letter alone is what `make flash` writes."""
    good = text[:1]
    if good not in ("a", "b"):
        return "a--"
    if len(text) == 3 and text[1:2] == other(good) and text[2:3] in "0123":
        return text
    return good + "--"


def other(slot: str) -> str:
    """The other slot."""
    return "a" if slot == "b" else "b"


def on_start(state: str) -> "tuple[str, str]":
    """The slot to start, and the state that has to be written before it does."""
    if state[1] == "-" or state[2] == "0":
        return state[0], state
    return state[1], state[:2] + str(int(state[2]) - 1)


def on_trial(good: str) -> str:
    """The state that starts the other slot on trial."""
    return good + other(good) + str(TRIAL_STARTS)


def is_trial(state: str, running: str) -> bool:
    """Whether the slot that runs is on trial."""
    return state[1] == running


def has_failed(state: str, running: str) -> bool:
    """Whether the other slot was tried and is not what runs."""
    return state[1] not in ("-", running)
