"""Why something is refused: the codes, their words, and the one exception that this layer raises."""

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

_WORDS = (
    "nothing is wrong with it",
    "it is damaged, or not what it should be: it cannot be read",
    "it is longer than the charger accepts",
    "its algorithm is none of RSA or ECDSA P-256 with SHA-256",
    "its key is too weak: RSA needs 2048 to 4096 bits",
    "its public key is none",
    "a signature does not verify",
    "a certificate is not valid yet: check the clock",
    "a certificate has expired",
    "no installed root has issued it, and a certificate between them may be missing",
    "it was issued by a certificate that may not issue any",
    "there are more certificates between it and the root than allowed",
    "it is not meant for this use",
    "it is made out to another name",
    "it belongs to another key",
    "it has a critical part that is not understood",
    "it is not a root: nothing that is trusted has signed it",
)


class Refused(Exception):
    """What was handed in is refused; ``code`` says why. Nothing else is raised in this layer, whatever it is given."""

    def __init__(self, code: int) -> None:
        self.code = code


def words(code: int) -> str:
    """The reason of a refusal in plain English, without a full stop."""
    return _WORDS[code]
