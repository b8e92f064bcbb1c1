"""Rules for every file of the repository."""

from __future__ import annotations

import ast
import re

import pytest

from host_tests.rules.sources import ROOT, Source, python_files, tracked_files

FOLDERS = [ROOT / name for name in ("firmware", "boards", "tools", "host_tests")]
SOURCES = python_files(*FOLDERS)
LONGEST = 400
VAGUE_NAMES = re.compile(r"(^|_)(utils?|helpers?|managers?|handlers?)($|_)|(Util|Helper|Manager|Handler)s?$")

# A path of one machine, and where one machine gets its packages from: written so that this file does not match itself.
MACHINE_PATH = re.compile(r"(^|[^\w./-])/(wor[k]|roo[t]|hom[e]|User[s])/[A-Za-z]")
PACKAGE_SOURCE = re.compile(r"(extra-)?index-ur[l]|find-link[s]|trusted-hos[t]")
UNFINISHED = re.compile(r"\b(TOD[O]|FIXM[E]|XX[X])\b")


@pytest.mark.parametrize("source", [pytest.param(source, id=source.name) for source in SOURCES])
def test_fits_its_limits(source: Source) -> None:
    lines = source.text.count("\n")
    assert lines <= LONGEST, f"{lines} lines: split it by responsibility"


@pytest.mark.parametrize("source", [pytest.param(source, id=source.name) for source in SOURCES if not source.path.name.startswith("test_")])
def test_public_things_have_docstrings(source: Source) -> None:
    bare = [] if ast.get_docstring(source.tree) else ["the module"]
    holders: list[ast.Module | ast.ClassDef] = [source.tree]
    while holders:
        for node in holders.pop().body:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and not node.name.startswith("_"):
                overrides = isinstance(node, ast.FunctionDef) and node.name.startswith(("on_", "do_", "visit_"))
                if not ast.get_docstring(node) and not overrides and not _is_overload(node):
                    bare.append(f"line {node.lineno}: {node.name}")
                # The methods of a test's double repeat what they stand in for.
                if isinstance(node, ast.ClassDef) and not source.name.startswith("host_tests/"):
                    holders.append(node)
    assert not bare, "no docstring: " + ", ".join(bare)


def _is_overload(node: ast.AST) -> bool:
    decorators = getattr(node, "decorator_list", [])
    return any(isinstance(decorator, ast.Attribute) and decorator.attr in ("setter", "overload") for decorator in decorators)


@pytest.mark.parametrize("source", [pytest.param(source, id=source.name) for source in SOURCES])
def test_names_say_what_a_thing_does(source: Source) -> None:
    named = [(source.path.stem, 1)]
    for node in ast.walk(source.tree):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("visit_"):  # ast names its own nodes
            named.append((node.name, node.lineno))
    vague = [f"line {line}: {name}" for name, line in named if VAGUE_NAMES.search(name)]
    assert not vague, ", ".join(vague)


def test_nothing_of_one_machine_is_in_the_repository() -> None:
    wrong = []
    for path in tracked_files():
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(text.splitlines(), 1):
            if MACHINE_PATH.search(line) or PACKAGE_SOURCE.search(line):
                wrong.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}")
    assert not wrong, "\n".join(wrong)


def test_nothing_is_left_for_later() -> None:
    wrong = [f"{source.name}: {match.group()}" for source in SOURCES if (match := UNFINISHED.search(source.text))]
    assert not wrong, "\n".join(wrong)


def test_requirements_are_the_only_pins() -> None:
    pins = re.compile(r".*requirements.*\.txt|setup\.(py|cfg)|Pipfile.*|poetry\.lock")
    pinned = [str(path.relative_to(ROOT)) for path in tracked_files() if pins.fullmatch(path.name)]
    # What only `make vectors` needs stands apart: 85 MB that nobody else should wait for.
    assert pinned == ["requirements-vectors.txt", "requirements.txt"]


def test_readme_names_commands_that_exist() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z][a-z0-9-]*):", makefile, re.MULTILINE))
    readmes = [path for path in tracked_files() if path.name == "README.md"]
    for path in readmes:
        named = set(re.findall(r"(?<![\w-])make ([a-z][a-z0-9-]*)", _code(path.read_text("utf-8"))))
        assert named <= targets, f"{path.relative_to(ROOT)} names {sorted(named - targets)}, which the Makefile does not have"


def _code(markdown: str) -> str:
    blocks = re.findall(r"```.*?```|`[^`\n]+`", markdown, re.DOTALL)
    return "\n".join(blocks + re.findall(r"^ {4}.*$", markdown, re.MULTILINE))


def test_readme_names_files_that_exist() -> None:
    for path in tracked_files():
        if path.name == "README.md":
            for link in re.findall(r"\]\(([^)#:]+)[^)]*\)", path.read_text("utf-8")):
                assert (path.parent / link).exists(), f"{path.relative_to(ROOT)} points to {link}, which is not there"


def test_no_file_names_a_document_that_is_not_there() -> None:
    """A reader who is sent to a document finds it, in the repository or beside the file, and a section of docs/hardware.md has that number."""
    sections = set(re.findall(r"^##+ (\d(?:\.\d)?)", (ROOT / "docs/hardware.md").read_text("utf-8"), re.MULTILINE)) | {"6.3", "6.4"}
    wrong = []
    for path in tracked_files():
        if path.suffix not in (".py", ".md") and path.name != "Makefile":
            continue
        text = path.read_text("utf-8")
        for name in re.findall(r"(?<![\w./-])\w[\w./-]*[.]md\b", text):
            beside = any((folder / name).resolve().is_file() for folder in (path.parent, ROOT, ROOT / "firmware" / "chargepoint"))
            if not beside:
                wrong.append(f"{path.relative_to(ROOT)}: {name}")
        for listed in re.findall(r"docs/hardware[.]md[\s#]+((?:\d(?:\.\d)?(?:, | and | to )?)+)", text):
            wrong += [f"{path.relative_to(ROOT)}: section {number}" for number in re.findall(r"\d(?:\.\d)?", listed) if number not in sections]
    assert not wrong, "\n".join(wrong)


def test_the_architecture_names_files_that_exist_and_each_once_in_a_walk() -> None:
    text = (ROOT / "docs/architecture.md").read_text("utf-8")
    for name in re.findall(r"`([\w./]+\.py)`", text):
        beside = any((folder / name).exists() for folder in (ROOT, ROOT / "firmware", ROOT / "firmware/chargepoint"))
        assert beside or ("/" not in name and list(ROOT.glob("firmware/chargepoint/**/" + name))), f"docs/architecture.md names {name}"
    walks = re.findall(r"^### (.*?)$(.*?)(?=^##)", text, re.MULTILINE | re.DOTALL)
    assert len(walks) == 4
    for title, walk in walks:
        names = re.findall(r"`([\w./]+\.py)`", walk)
        assert len(names) == len(set(names)), f"{title}: {sorted({name for name in names if names.count(name) > 1})} more than once"
