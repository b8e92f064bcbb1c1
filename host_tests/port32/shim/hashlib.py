"""SHA-1 for the 32-bit interpreter, which is built without it; boards have it in C. It stands in front of the built-in module, which has SHA-256."""

from uhashlib import sha256  # type: ignore[import-not-found] # noqa: F401


def _rotate(word: int, bits: int) -> int:
    return (word << bits | word >> 32 - bits) & 0xFFFFFFFF


class sha1:
    """FIPS 180-4, section 6.1, over what was given so far."""

    def __init__(self, data: "bytes | bytearray" = b"") -> None:
        self._data = bytearray(data)

    def update(self, data: "bytes | bytearray | memoryview") -> None:
        """Take more data."""
        self._data.extend(data)

    def digest(self) -> bytes:
        """The 20 bytes of the digest."""
        data = bytearray(self._data) + b"\x80"
        data += bytes(-(len(data) + 8) % 64) + (len(self._data) * 8).to_bytes(8, "big")
        state = [0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0]
        for block in range(0, len(data), 64):
            words = [int.from_bytes(data[block + i : block + i + 4], "big") for i in range(0, 64, 4)]
            for i in range(16, 80):
                words.append(_rotate(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1))
            a, b, c, d, e = state
            for i in range(80):
                if i < 20:
                    f, k = b & c | ~b & d, 0x5A827999
                elif i < 40:
                    f, k = b ^ c ^ d, 0x6ED9EBA1
                elif i < 60:
                    f, k = b & c | b & d | c & d, 0x8F1BBCDC
                else:
                    f, k = b ^ c ^ d, 0xCA62C1D6
                a, b, c, d, e = (_rotate(a, 5) + (f & 0xFFFFFFFF) + e + k + words[i]) & 0xFFFFFFFF, a, _rotate(b, 30), c, d
            state = [(old + new) & 0xFFFFFFFF for old, new in zip(state, (a, b, c, d, e))]
        return b"".join(word.to_bytes(4, "big") for word in state)
