"""Links lead somewhere, paths that are named are there, pages are in the site; what is planted is found."""

from pathlib import Path, PurePosixPath

import pytest

from tests.tidy import pages


def test_links_lead_somewhere() -> None:
    _expect_none([wrong for page in pages.pages() for wrong in pages.broken_links(page)])


def test_paths_that_are_named_are_there() -> None:
    _expect_none([wrong for page in pages.pages() for wrong in pages.lost_paths(page)])


def test_every_page_is_in_the_contents_of_the_site() -> None:
    _expect_none(list(pages.unlisted()))


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("[x](gone.md)", "docs/x.md:1: gone.md: there is no such file"),
        ("\n[x](there.md#gone)", "docs/x.md:2: there.md#gone: there is no such heading"),
        ("[x](#gone)", "docs/x.md:1: #gone: there is no such heading"),
        ("![x](gone.png)", "docs/x.md:1: gone.png: there is no such file"),
        ("[x](https:/mistyped.org)", "docs/x.md:1: https:/mistyped.org: no address that can be right"),
        ("[x](../tests/other.md)", "docs/x.md:1: ../tests/other.md: is no page of the site"),
        ("[x](../../out.md)", "docs/x.md:1: ../../out.md: leads out of the checkout"),
    ],
)
def test_broken_link_is_found(tmp_path: Path, text: str, wrong: str) -> None:
    (tmp_path / "out.md").touch()
    root = _checkout(tmp_path / "root", text)
    assert list(pages.broken_links(PurePosixPath("docs/x.md"), root)) == [wrong]


@pytest.mark.parametrize(
    "text",
    [
        "[x](there.md) [x](there.md#two-words-it-is) [x](there.md#twice-1) [x](#here)\n# Here",
        "[x](../docs) [x](https://example.org/a_(b)?c#d) [x](mailto:a@example.org)",
        "`[x](gone.md)`\n```\n[x](gone.md)\n```\n",
    ],
)
def test_good_link_is_let_through(tmp_path: Path, text: str) -> None:
    assert not list(pages.broken_links(PurePosixPath("docs/x.md"), _checkout(tmp_path, text)))


def test_lost_path_is_found(tmp_path: Path) -> None:
    root = _checkout(tmp_path, "`docs/there.md` `docs/gone.md`, `scripts/gone --all` and `a/b`")
    assert list(pages.lost_paths(PurePosixPath("docs/x.md"), root)) == [
        "docs/x.md:1: docs/gone.md: not in the checkout",
        "docs/x.md:1: scripts/gone: not in the checkout",
    ]


def test_page_that_is_not_listed_is_found(tmp_path: Path) -> None:
    root = _checkout(tmp_path, "")
    (root / "docs/site").mkdir()
    (root / pages.CONTENTS).write_text(
        '[below]\n"docs/x" = ["docs/gone"]\n[[part]]\npages = ["docs/README", "docs/there"]\n'
    )
    (root / pages.OVERVIEW).write_text("")
    assert list(pages.unlisted(root)) == [
        f"docs/x.md is not in {pages.CONTENTS}",
        f"{pages.CONTENTS}: docs/gone: there is no such page",
        f"docs/there.md is not linked in {pages.OVERVIEW}",
    ]


def _checkout(root: Path, text: str) -> Path:
    (root / "docs").mkdir(parents=True)
    (root / "tests").mkdir()
    (root / "tests/other.md").touch()
    (root / "docs/x.md").write_text(text)
    (root / "docs/there.md").write_text("# Two `words`, it is!\n## Twice\n## Twice\n")
    return root


def _expect_none(violations: list[str]) -> None:
    if violations:
        pytest.fail("\n".join(violations), pytrace=False)
