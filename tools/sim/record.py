"""The record of every OCPP frame, for `--record`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Callable, Optional, TextIO

OUT = 1
MORE = 2  # flag beside the direction: the frame goes on in the next part


class Record:
    """Puts frames together that arrive in parts; writes one JSON object a line."""

    def __init__(self, path: Optional[Path], time_s: Callable[[], float]) -> None:
        """Open the file. Raises OSError."""
        self._file: Optional[TextIO] = open(path, "w", encoding="utf-8") if path else None
        self._time_s = time_s
        self._parts = {False: bytearray(), True: bytearray()}

    def add(self, flags: int, data: bytes) -> None:
        """A frame, or a part of one."""
        out = bool(flags & OUT)
        self._parts[out] += data
        if flags & MORE:
            return
        text = self._parts[out].decode("utf-8", "replace")
        self._parts[out].clear()
        if self._file is not None:
            line = {"time_s": self._time_s(), "direction": "out" if out else "in", "text": text}
            self._file.write(json.dumps(line, ensure_ascii=False) + "\n")
            self._file.flush()

    def close(self) -> None:
        """Finish the file."""
        if self._file is not None:
            self._file.close()
