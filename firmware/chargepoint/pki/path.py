"""Judging a certificate: the way from it to a root that is trusted, and whether it is meant for its use.

Certificates are searched from the end one upwards, roots first; where two have the same name, the second is tried when the first leads nowhere.
Nothing here goes deeper by calling itself, and the signatures that are verified are counted.
Spec: RFC 5280 section 6.1, without policies and name constraints (which are refused); security whitepaper of OCPP 1.6, certificate profiles.
"""

from micropython import const

from chargepoint.pki import oids
from chargepoint.pki.certificate import (
    ABSENT,
    ANYTHING,
    CERTIFICATE_SIGNING,
    DIGITAL_SIGNATURE,
    KEY_ENCIPHERMENT,
    SERVER,
    Certificate,
    read_certificate,
)
from chargepoint.pki.names import is_server, part_of, same_name
from chargepoint.pki.public_key import OTHER
from chargepoint.pki.refusals import (
    BAD_SIGNATURE,
    EXPIRED,
    NO_OBJECTION,
    NOT_A_CA,
    NOT_A_ROOT,
    NOT_YET_VALID,
    PATH_TOO_LONG,
    TOO_LARGE,
    UNKNOWN_ISSUER,
    UNSUPPORTED,
    WRONG_KEY,
    WRONG_NAME,
    WRONG_USAGE,
    Refused,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Generator, Sequence

MAX_CHAIN = const(5)  # certificates that come with it, itself included
MAX_ROOTS = const(16)
_MAX_PATH = const(6)  # with the root
_MAX_VERIFIED = const(8)  # signatures


class Wanted:
    """What a certificate has to be: for which purpose, made out to whom, belonging to which key.

    Args: ``purpose`` is SERVER (a central system), CLIENT (a charge point) or CODE (who signs firmware); ``name`` is the host of a server, the common name of
    anybody else, empty when any name will do; ``organization`` likewise; ``point`` is the public key that it must have, 65 bytes, or nothing;
    ``wildcards`` are accepted for hosts or not.
    """

    def __init__(self, purpose: int, name: str = "", organization: str = "", point: bytes = b"", wildcards: bool = True) -> None:
        self.purpose = purpose
        self.name = name
        self.organization = organization
        self.point = point
        self.wildcards = wildcards

    def judge(self, certificate: Certificate) -> "Generator[None, None, int]":
        """What is wrong with a certificate apart from who issued it and its dates: NO_OBJECTION or the code of a refusal. Raises: Refused."""
        if certificate.objection:
            return certificate.objection
        usage = certificate.key_usage
        fitting = DIGITAL_SIGNATURE
        if self.purpose == SERVER and certificate.key.is_rsa:
            fitting |= KEY_ENCIPHERMENT
        if usage != ABSENT and not usage & fitting:
            return WRONG_USAGE
        if not _has_purpose(certificate, self.purpose):
            return WRONG_USAGE
        if self.point and certificate.key.raw != self.point:
            return WRONG_KEY
        if self.name:
            if self.purpose == SERVER:
                if not (yield from is_server(self.name, certificate.alternatives, certificate.subject, self.wildcards)):
                    return WRONG_NAME
            elif part_of(certificate.subject, oids.COMMON_NAME) != self.name.encode():
                return WRONG_NAME
        if self.organization and part_of(certificate.subject, oids.ORGANIZATION) != self.organization.encode():
            return WRONG_NAME
        return NO_OBJECTION


def _has_purpose(certificate: Certificate, purpose: int) -> bool:
    return certificate.purposes == ABSENT or bool(certificate.purposes & (purpose | ANYTHING))


def _judge_dates(certificate: Certificate, now_s: int) -> int:
    if now_s < certificate.not_before_s:
        return NOT_YET_VALID
    return EXPIRED if now_s > certificate.not_after_s else NO_OBJECTION


def _judge_authority(certificate: Certificate, now_s: int, below: int) -> int:
    """Whether it may issue what is below it. Args: ``below`` counts the certificates between it and the end one that others have issued."""
    if not certificate.is_ca or (certificate.key_usage != ABSENT and not certificate.key_usage & CERTIFICATE_SIGNING):
        return NOT_A_CA
    if certificate.path_length != ABSENT and below > certificate.path_length:
        return PATH_TOO_LONG
    return _judge_dates(certificate, now_s) or certificate.objection


def _verify(certificate: Certificate, issuer: Certificate) -> "Generator[None, None, int]":
    """NO_OBJECTION when the issuer has signed it, or the code of the refusal."""
    if certificate.algorithm == OTHER:
        return UNSUPPORTED
    verified = yield from issuer.key.verify(certificate.algorithm, certificate.digest, certificate.signature)
    return NO_OBJECTION if verified else BAD_SIGNATURE


def judge(chain: "Sequence[bytes]", roots: "Sequence[bytes]", now_s: int, wanted: Wanted) -> "Generator[None, None, int]":
    """Judge the first certificate of a chain.

    Args: ``chain`` as DER, the certificate in question first, the others in any order, needless ones among them; ``roots`` as DER, trusted;
    ``now_s`` since 2020-01-01. Returns: NO_OBJECTION or the code of the refusal. Raises: nothing.
    Allocates: 10 KB beside chain and roots (32-bit board), and garbage.
    """
    if not 0 < len(chain) <= MAX_CHAIN or len(roots) > MAX_ROOTS:
        return TOO_LARGE
    try:
        leaf = yield from read_certificate(chain[0])
        yield
        reason = _judge_dates(leaf, now_s) or (yield from wanted.judge(leaf))
    except Refused as refusal:
        return refusal.code
    if reason:
        return reason
    return (yield from _search(leaf, chain, roots, now_s, wanted.purpose))


def _search(leaf: Certificate, chain: "Sequence[bytes]", roots: "Sequence[bytes]", now_s: int, purpose: int) -> "Generator[None, None, int]":
    """Find a way to a root. The reason of a refusal is that of the first certificate that had the right name."""
    path = [leaf]
    tried = [0]  # for each certificate of the path: how many of roots and chain have been tried as its issuer
    reason = unreadable = NO_OBJECTION
    verified = 0
    while path:
        at = tried[-1]
        if at >= len(roots) + len(chain) - 1:
            path.pop()
            tried.pop()
            continue
        tried[-1] = at + 1
        is_root = at < len(roots)
        try:
            issuer = yield from read_certificate(roots[at] if is_root else chain[at - len(roots) + 1])
            yield
            if not (yield from same_name(issuer.subject, path[-1].issuer)) or _is_in(path, issuer):
                continue
            refused = _judge_authority(issuer, now_s, _count_below(path))
            if not refused and not is_root:
                refused = NO_OBJECTION if _has_purpose(issuer, purpose) else WRONG_USAGE
                if len(path) == _MAX_PATH - 1:
                    refused = PATH_TOO_LONG
        except Refused as refusal:
            unreadable = refusal.code
            continue
        if not refused and verified == _MAX_VERIFIED:
            return PATH_TOO_LONG
        if not refused:
            verified += 1
            refused = yield from _verify(path[-1], issuer)
            if not refused:
                if is_root:
                    return NO_OBJECTION
                path.append(issuer)
                tried.append(0)
        reason = reason or refused
    return reason or unreadable or UNKNOWN_ISSUER


def _is_in(path: "list[Certificate]", issuer: Certificate) -> bool:
    """Whether this certificate is one of those above the end one already: a circle leads nowhere."""
    for certificate in path[1:]:
        if certificate.digest == issuer.digest:
            return True
    return False


def _count_below(path: "list[Certificate]") -> int:
    count = 0
    for certificate in path[1:]:
        if certificate.subject != certificate.issuer:
            count += 1
    return count


def judge_root(der: bytes, now_s: int, signer: bytes = b"") -> "Generator[None, None, int]":
    """Judge a certificate that is to become a root.

    UNSUPPORTED says that nothing is wrong but that we cannot verify with it or its own signature: for who verifies with mbedTLS it may still be a root.
    Args: ``signer`` is the root (DER) that must have signed it; without one it must have signed itself.
    Returns: NO_OBJECTION or the code of the refusal. Raises: nothing.
    """
    try:
        root = yield from read_certificate(der)
        issuer = (yield from read_certificate(signer)) if signer else root
        yield
        refused = _judge_authority(root, now_s, 0)
        if refused in (NO_OBJECTION, UNSUPPORTED) and not (yield from same_name(issuer.subject, root.issuer)):
            refused = NOT_A_ROOT
    except Refused as refusal:
        return refusal.code
    if refused:
        return refused
    return (yield from _verify(root, issuer))
