"""The ground that everything stands on: locks, imports, the README and the size of what ships."""

import ast
import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest

from instrument import params
from instrument.midi import control_map as midi_map
from instrument.midi import map_file as midi_toml

ROOT = Path(__file__).parent.parent
LOCKS = {
    "requirements.lock": [],
    "requirements-test.lock": ["test", "lint"],
    "requirements-train.lock": ["train"],
}
# Packages whose import has another name than the registry gives them.
REGISTRY_NAME = {"pythonosc": "python-osc", "rtmidi": "python-rtmidi"}
MIB = 2**20


def normal(requirement: str) -> str:
    """The package a requirement names, spelled as registries compare names."""
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found, requirement
    return re.sub(r"[-_.]+", "-", found.group()).lower()


@cache
def project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def declared(*extras: str) -> set[str]:
    """The packages that pyproject.toml asks for, with those of some extras."""
    requirements = list(project()["dependencies"])
    for extra in extras:
        requirements += project()["optional-dependencies"][extra]
    return {normal(requirement) for requirement in requirements}


def locked(lock: str) -> dict[str, str]:
    """Package -> version in a lock file. No lock here needs a package twice."""
    pins = re.findall(r"^([A-Za-z0-9._-]+)==(\S+)", (ROOT / lock).read_text(), re.MULTILINE)
    versions = {normal(name): version for name, version in pins}
    assert len(versions) == len(pins), "two versions of one package: 3.11 and 3.12 would differ"
    return versions


@cache
def tracked() -> tuple[Path, ...]:
    """The files that git would hand to somebody who clones this."""
    try:
        listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this is no git checkout")
    return tuple(ROOT / name for name in listing.decode().split("\0") if name and (ROOT / name).is_file())


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_every_dependency_of_its_extras(lock):
    assert declared(*LOCKS[lock]) <= set(locked(lock))


@pytest.mark.parametrize("lock", LOCKS)
def test_locks_agree_on_what_playing_needs(lock):
    play = locked("requirements.lock")
    assert {name: locked(lock).get(name) for name in play} == play


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_index_and_no_local_path(lock):
    for line in (ROOT / lock).read_text().splitlines():
        assert re.fullmatch(
            r"#.*|[a-z0-9-]+==[^\s:/]+( ; [^:@/]+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?", line
        ), line
        assert "://" not in line, line
        assert not line.startswith("#") or "/" not in line, line


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_has_a_hash(lock):
    text = (ROOT / lock).read_text()
    for block in re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]:
        assert "--hash=sha256:" in block, block


def imported(place: str) -> set[str]:
    """The registry packages that a Python file, or those below a folder, import, wherever in the file."""
    top = ROOT / place
    names = set()
    for path in top.rglob("*.py") if top.is_dir() else [top]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                names.add((node.module or "").split(".")[0])
    names -= {"", "instrument", "model", "surfaces", "training", "tests"} | set(sys.stdlib_module_names)
    return {normal(REGISTRY_NAME.get(name, name)) for name in names}


@pytest.mark.parametrize(
    ("folder", "extras"),
    [
        ("instrument", ()),
        ("model", ()),
        ("training", ("train", "test")),
        ("surfaces", ("test",)),
        ("tests", ("test",)),
    ],
)
def test_what_is_imported_is_declared(folder, extras):
    """`make play` installs no extra, so the instrument and the model may import none of their packages."""
    assert imported(folder) <= declared(*extras)


def test_training_imports_the_packages_of_the_tests_only_where_it_judges():
    """Training installs no test package; the judges, which do, are imported by nothing that trains."""
    judges = {"training/measure.py", "training/listen.py", "training/trials.py"}
    for path in (ROOT / "training").rglob("*.py"):
        if path.relative_to(ROOT).as_posix() not in judges:
            assert imported(path.relative_to(ROOT).as_posix()) <= declared("train"), path


def test_commands_in_the_readme_exist():
    readme = (ROOT / "README.md").read_text()
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    asked = set(re.findall(r"\bmake ([a-z]+)\b", "\n".join(code_of(readme))))
    assert {"play", "test"} <= asked
    assert asked <= targets
    for module in set(re.findall(r"-m ((?:instrument|model|training)[\w.]*)", readme + makefile)):
        path = ROOT.joinpath(*module.split("."))
        assert path.with_suffix(".py").is_file() or (path / "__main__.py").is_file(), module


def test_addresses_in_the_readme_exist():
    """What a reader copies must work: each address that an example sends is one that the instrument knows."""
    readme = (ROOT / "README.md").read_text()
    known = {
        "/ladmg/subscribe",
        "/ladmg/ping",
        "/ladmg/get",
        "/ladmg/sync",
        "/ladmg/status",
        "/ladmg/describe",
    }
    sent = re.findall(r"oscsend \S+ \d+ (\S+)", readme)
    assert sent
    assert set(sent) <= known | set(params.ADDRESSES)


def test_what_docs_faults_says_is_tested():
    """Every test that the page names is there, and every row of its tables names one."""
    page = (ROOT / "docs/faults.md").read_text()
    tests = {
        node.name
        for path in (ROOT / "tests").rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef)
    }
    named = set(re.findall(r"`(test_\w+)`", page))
    assert named
    assert named <= tests
    for row in re.findall(r"^\| (?!when|---)(.*)$", page, re.MULTILINE):
        assert "`test_" in row, row


def code_of(markdown: str) -> list[str]:
    """The code in a Markdown text, indented or in backquotes."""
    return re.findall(r"^ {4}.*$|`[^`\n]+`", markdown, re.MULTILINE)


*FACTORY, DEFAULT = midi_toml.factory()
TABLES = [
    ("README.md", "parameters", params.markdown()),
    ("README.md", "controls", midi_map.markdown(DEFAULT)),
    *(("docs/midi.md", one.name, midi_map.markdown(one)) for one in FACTORY),
]


@pytest.mark.parametrize(("file", "name", "table"), TABLES, ids=lambda arg: arg[:10])
def test_tables_in_the_documentation_are_those_in_code(file, name, table):
    text = (ROOT / file).read_text()
    block = re.search(f"<!-- {name} -->\n(.*?)<!-- /{name} -->", text, re.DOTALL)
    assert block, f"{file} has no block between <!-- {name} --> and <!-- /{name} -->"
    assert block.group(1) == table, f"{file} is stale: run `make readme`"


def test_files_stay_small():
    large = {str(path): path.stat().st_size for path in tracked() if path.stat().st_size > 16 * MIB}
    assert not large


def test_weights_stay_under_40_mb():
    weights = [path for path in tracked() if path.suffix == ".safetensors"]
    assert sum(path.stat().st_size for path in weights) <= 40e6


def test_nothing_pickled_ships():
    assert not [path for path in tracked() if path.suffix in {".pt", ".pth", ".ckpt", ".pkl", ".pickle"}]
