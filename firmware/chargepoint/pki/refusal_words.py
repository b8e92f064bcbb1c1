"""The reasons of ``refusals`` in plain English, for events and pages; apart, so that only who shows them loads them."""

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


def words(code: int) -> str:
    """The reason of a refusal, without a full stop. Allocates: none."""
    return _WORDS[code]
