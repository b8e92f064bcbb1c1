"""Builds an update package: one file that UpdateFirmware and SignedUpdateFirmware fetch (its format: runtime/update/package.py).

    python tools/update_package.py --board virtual --product full --version 0.2.0 [--key key.pem --cert cert.pem]

The last line that it prints is the path of the file. With a key the line before is the signature over the whole file, in base64.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
if __name__ == "__main__":
    sys.path[:0] = [str(ROOT), str(ROOT / "firmware"), str(ROOT / "tools" / "cpython_compat")]

from chargepoint.runtime.update import package  # noqa: E402
from tools import build_image  # noqa: E402
from tools.build_image import ImageError  # noqa: E402
from tools.image import delivery  # noqa: E402


def packed(board: str, product: str, version: str, form: int, image: bytes) -> bytes:
    """An image in its package. Raises ImageError."""
    for text, room in ((board, package.PRODUCT_AT - package.BOARD_AT), (product, package.VERSION_AT - package.PRODUCT_AT)):
        if len(text.encode()) > room:
            raise ImageError("%s: a package has room for %d characters of it" % (text, room))
    header = bytearray(package.HEADER_BYTES)
    header[: len(package.MAGIC)] = package.MAGIC
    header[len(package.MAGIC)] = form
    header[package.LENGTH_AT : package.BOARD_AT] = len(image).to_bytes(4, "little")
    for at, text in ((package.BOARD_AT, board), (package.PRODUCT_AT, product), (package.VERSION_AT, version)):
        header[at : at + len(text)] = text.encode("ascii")
    return bytes(header) + image + hashlib.sha256(bytes(header) + image).digest()


def files_image(files: dict[str, bytes]) -> bytes:
    """The files of a slot, one behind the other."""
    return b"".join(bytes((len(name),)) + len(data).to_bytes(4, "little") + name.encode() + data for name, data in sorted(files.items()))


def build(board: str, product: str, version: str) -> bytes:
    """Build the package of a board and a product. Raises ImageError."""
    facts = build_image.board_facts(board)
    if not version:
        raise ImageError("VERSION= is missing: what BootNotification says after the update, such as 0.2.0")
    if "firmware" not in build_image.features(product):
        raise ImageError("%s has no firmware updates: its FEATURES do not list firmware" % product)
    if facts["mounts_romfs"]:
        image = build_image.build(board, product, facts["arch"], version=version).romfs.read_bytes()
        return packed(board, product, version, package.FORM_ROMFS, image)
    sources = build_image.device_sources(build_image.read_sources(board, product, version)).sources
    return packed(board, product, version, package.FORM_FILES, files_image(delivery.compiled(dict(sources), facts["arch"])))


def signature(data: bytes, key_file: Path, certificate_file: Path) -> str:
    """The signature over a package by the key's kind: RSA PKCS#1 v1.5 or ECDSA P-256, over SHA-256, in base64. Raises ImageError."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

    try:
        key = serialization.load_pem_private_key(key_file.read_bytes(), None)
        certificate = x509.load_pem_x509_certificate(certificate_file.read_bytes())
    except (ValueError, TypeError, OSError) as error:
        raise ImageError("KEY and CERT have to be PEM files, the key without a password: %s" % error) from None
    public = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    if key.public_key().public_bytes(*public) != certificate.public_key().public_bytes(*public):
        raise ImageError("%s is not the certificate of this key" % certificate_file)
    if isinstance(key, rsa.RSAPrivateKey):
        signed = key.sign(data, padding.PKCS1v15(), hashes.SHA256())
    elif isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name == "secp256r1":
        signed = key.sign(data, ec.ECDSA(hashes.SHA256()))
    else:
        raise ImageError("a key for RSA or for ECDSA on P-256 is needed")
    return base64.b64encode(signed).decode()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit status."""
    parser = argparse.ArgumentParser(description="Build an update package.")
    parser.add_argument("--board", required=True, help="name of a folder under boards/")
    parser.add_argument("--product", required=True, help="name of a file under boards/products/")
    parser.add_argument("--version", required=True, help="what BootNotification says after the update")
    parser.add_argument("--key", type=Path, help="private key that signs it, PEM")
    parser.add_argument("--cert", type=Path, help="the certificate of that key, PEM")
    options = parser.parse_args(arguments)
    try:
        if (options.key is None) != (options.cert is None):
            raise ImageError("KEY= and CERT= go together")
        data = build(options.board, options.product, options.version)
        signed = signature(data, options.key, options.cert) if options.key is not None else ""
    except ImageError as error:
        print("update-package: %s" % error, file=sys.stderr)
        return 2
    path = build_image.BUILD / "packages" / ("%s-%s-%s.plup" % (options.board, options.product, options.version.replace("/", "_")))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    print("%s %s for %s: %d bytes, SHA-256 %s" % (options.product, options.version, options.board, len(data), hashlib.sha256(data).hexdigest()))
    if signed:
        print(signed)
    print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
