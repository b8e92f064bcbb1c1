"""Why something is refused: the codes (their words are in refusal_words.py) and the one exception that this layer raises."""

from micropython import const

NO_OBJECTION = const(0)
MALFORMED = const(1)
TOO_LARGE = const(2)
UNSUPPORTED = const(3)
WEAK_KEY = const(4)
BAD_KEY = const(5)
BAD_SIGNATURE = const(6)
NOT_YET_VALID = const(7)
EXPIRED = const(8)
UNKNOWN_ISSUER = const(9)
NOT_A_CA = const(10)
PATH_TOO_LONG = const(11)
WRONG_USAGE = const(12)
WRONG_NAME = const(13)
WRONG_KEY = const(14)
UNKNOWN_CRITICAL = const(15)
NOT_A_ROOT = const(16)


class Refused(Exception):
    """What was handed in is refused; ``code`` says why. Nothing else is raised in this layer, whatever it is given."""

    def __init__(self, code: int) -> None:
        self.code = code
