"""The page's own files."""

from pathlib import Path

from wearsync.web.files import DIRECTORY, INDEX, KINDS, page_files


def test_the_page_s_files_are_found_with_their_kinds():
    files = page_files()
    assert files[INDEX].data == (DIRECTORY / INDEX).read_bytes()
    assert files[INDEX].kind == KINDS[".html"]


def test_what_is_no_file_of_a_page_is_not_served(tmp_path: Path):
    (tmp_path / "deep").mkdir()
    for name in ("a.js", "b.py", "deep/c.css", "d"):
        (tmp_path / name).write_text(name)
    assert sorted(page_files(tmp_path)) == ["a.js", "deep/c.css"]


def test_a_file_that_changed_has_another_tag(tmp_path: Path):
    (tmp_path / "a.js").write_text("1")
    before = page_files(tmp_path)["a.js"].etag
    (tmp_path / "a.js").write_text("2")
    assert page_files(tmp_path)["a.js"].etag != before
