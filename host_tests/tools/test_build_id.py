"""The build id: which image a charger runs, and which list of names reads its tracebacks."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tools import build_image
from tools.image.link_model import Linked


def _id(files: dict[str, bytes]) -> str:
    return files[build_image.BUILD_ID].decode().split('"')[1]


def test_the_id_stands_for_everything_that_makes_the_image() -> None:
    """The same again for the same; another for another product, board or source."""
    files = build_image.read_sources("virtual", "lecs007")
    assert len(_id(files)) == 12 and _id(build_image.read_sources("virtual", "lecs007")) == _id(files)
    others = {_id(build_image.read_sources(board, product)) for board, product in (("virtual", "full"), ("W5500_EVB_PICO", "lecs007"))}
    changed = {**files, "main.py": files["main.py"] + b"\n"}
    others.add(build_image.build_id("virtual", "lecs007", changed))
    assert len(others) == 3 and _id(files) not in others


def test_the_list_of_names_carries_the_id() -> None:
    """So that the right one can be told from the others."""
    files = build_image.read_sources("virtual", "lecs007")
    assert json.loads(build_image.names_text(Linked({}, [], {}), files))["build"] == _id(files)


FOR_JOBS = {"chargepoint/core/features/jobs.py", "chargepoint/runtime/link/job_runner.py", "chargepoint/wire/http1.py", "chargepoint/wire/ftp1.py"}


def test_what_moves_files_is_in_the_image_of_a_product_that_uses_it_only(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """One that lists a feature which imports the runner gets all that the runner needs."""
    for product in build_image.products():
        files = build_image.sources("virtual", product)
        assert FOR_JOBS & set(files) == (set() if product == "lecs007" else FOR_JOBS), product
        assert {"chargepoint/wire/websocket.py", "chargepoint/runtime/link/stream_tls.py", "chargepoint/core/features/absent.py"} <= set(files)
    firmware = tmp_path / "firmware"
    shutil.copytree(build_image.FIRMWARE, firmware, ignore=shutil.ignore_patterns("__pycache__"))
    (firmware / "chargepoint/core/features/trial.py").write_text(
        "from chargepoint.core.features.jobs import Job\nfrom chargepoint.runtime.link.job_runner import JobRunner\n\n\nclass Feature:\n    pass\n"
    )
    monkeypatch.setattr(build_image, "FIRMWARE", firmware)
    monkeypatch.setattr(build_image, "features", lambda product: ("trial",))
    assert FOR_JOBS <= set(build_image.sources("virtual", "lecs007"))
