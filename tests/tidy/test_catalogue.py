"""The catalogue of faults is whole, what it names is there, the page is up to date; and each check finds what
is planted.
"""

from pathlib import Path

import pytest

from tests.tidy import catalogue

PAGE = f"# Reliability\n\n{catalogue.BEGIN}{catalogue.END}\nThe end.\n"
TESTS = """
async def test_held():
    ...
def looked_at():
    ...
class TestLink:
    def test_lost(self):
        ...
TestMachine = Machine.TestCase
"""
WORLD = """
GONE = "radio.gone"
FAULTS = (Fault(GONE, "it goes", (3,), 0.1), Fault("disk.full", "it fills", (), rate=0.1))
"""
STEPS = """
STEPS = (Step("scan", "a watch is seen", _scan),)
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A checkout in which every line is covered, the last by a fault of the world alone."""
    for path, text in (
        (Path("tests/test_x.py"), TESTS),
        (catalogue.WORLD / "air.py", WORLD),
        (catalogue.BLUEZ / "steps_scan.py", STEPS),
        (catalogue.PAGE, PAGE),
    ):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    write(tmp_path)
    assert catalogue.main([], tmp_path) == 0
    return tmp_path


def write(root: Path, number: int = 1, keys: str = 'cover = ["tests/test_x.py::test_held"]') -> None:
    """The catalogue, with that line so; 3 has no cover but the fault that names it."""
    lines = dict.fromkeys(catalogue.NUMBERS, 'pruned = "never"') | {3: "", number: keys}
    text = '[A]\ntitle = "All"\n'
    for line, its_keys in sorted(lines.items()):
        text += f'[A.{line}]\nsays = "says {line}"\nthen = "then {line}"\n{its_keys}\n'
    (root / catalogue.DATA).write_text(text)


def test_ours_is_whole_and_the_page_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    wrong = catalogue.main(["--check"])
    assert not wrong, capsys.readouterr().err


@pytest.mark.parametrize(
    "keys",
    [
        'cover = ["tests/test_x.py::TestLink::test_lost"]',
        'cover = ["tests/test_x.py::TestLink"]',
        'cover = ["tests/test_x.py::TestMachine"]',
        'cover = ["world:disk.full"]',
        'cover = ["bluez:scan"]',
        'later = "the second phase"',
    ],
)
def test_what_covers_a_line(root: Path, keys: str) -> None:
    write(root, 1, keys)
    assert list(catalogue.problems(catalogue.read(root), root)) == []


@pytest.mark.parametrize(
    ("number", "keys", "problem"),
    [
        (1, "", "line 1 (says 1): no test or fault covers it, no reason is given"),
        (1, "cover = []", "line 1 (says 1): no test or fault covers it, no reason is given"),
        (
            1,
            'cover = ["tests/test_x.py::test_gone"]',
            "line 1 (says 1): there is no tests/test_x.py::test_gone",
        ),
        (1, 'cover = ["tests/test_x.py::looked_at"]', "there is no tests/test_x.py::looked_at"),
        (
            1,
            'cover = ["tests/test_x.py::TestLink::test_gone"]',
            "there is no tests/test_x.py::TestLink::test_g",
        ),
        (1, 'cover = ["tests/test_y.py::test_held"]', "there is no tests/test_y.py::test_held"),
        (1, 'cover = ["world:radio.melts"]', "there is no world:radio.melts"),
        (1, 'cover = ["bluez:flight"]', "there is no bluez:flight"),
    ],
)
def test_what_is_planted_is_found(root: Path, number: int, keys: str, problem: str) -> None:
    write(root, number, keys)
    found = list(catalogue.problems(catalogue.read(root), root))
    assert problem in "\n".join(found)
    assert catalogue.main(["--check"], root) == 1


def test_a_fault_that_covers_no_line_there_is(root: Path) -> None:
    (root / catalogue.WORLD / "air.py").write_text('Fault("radio.gone", "it goes", (3, 26))\n')
    assert list(catalogue.problems(catalogue.read(root), root)) == [
        "world fault radio.gone: there is no line 26"
    ]


def test_a_fault_that_is_taken_away_uncovers_its_line(root: Path) -> None:
    (root / catalogue.WORLD / "air.py").write_text("")
    [problem] = catalogue.problems(catalogue.read(root), root)
    assert problem.startswith("line 3 (says 3): no test or fault covers it")


def test_a_line_that_is_taken_away_is_missed(root: Path) -> None:
    data = root / catalogue.DATA
    data.write_text(data.read_text().replace("[A.7]", "[A.117]"))
    assert f"{catalogue.DATA}: no line 7" in list(catalogue.problems(catalogue.read(root), root))


def test_a_key_that_means_nothing(root: Path) -> None:
    write(root, 1, 'covers = ["tests/test_x.py::test_held"]')
    with pytest.raises(ValueError, match="line 1 has covers"):
        catalogue.read(root)


def test_the_page_is_written_and_known_to_be_old(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written = (root / catalogue.PAGE).read_text()
    assert "| 1 | says 1 | then 1 | `test_x.py::test_held` |" in written
    assert "| 3 | says 3 | then 3 | `world:radio.gone` |" in written
    assert written.endswith(f"{catalogue.END}\nThe end.\n")
    write(root, 1, 'later = "the second phase"')
    assert catalogue.main(["--check"], root) == 1
    assert "is not up to date" in capsys.readouterr().err
    assert (root / catalogue.PAGE).read_text() == written
    assert catalogue.main([], root) == 0
    assert "**later**: the second phase" in (root / catalogue.PAGE).read_text()
    assert catalogue.main(["--check"], root) == 0


def test_a_page_without_a_place_for_it(root: Path) -> None:
    with pytest.raises(ValueError, match="has no place"):
        catalogue.page(catalogue.read(root), "# Reliability\n")
