"""Dead links and what is fetched from elsewhere are found in a site; the rest is let through."""

from pathlib import Path

from tests.walk.site import wrong_in


def test_dead_links_and_foreign_pictures_are_found(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "below/b.html").write_text('<h1 id="here">B</h1><a href="../a.html#there">A</a>')
    (tmp_path / "a.html").write_text(
        '<p id="there"><a href="below/b.html#here"> <a href="#"> <a href="https://example.org/x">'
        '<img src="data:image/png;base64,"> <a href="below/b.html?x#gone"> <a href="gone.html">'
        '<link href="https://fonts.example.org/x.css"> <img src="below/gone.png">'
    )
    assert list(wrong_in(tmp_path)) == [
        "a.html: below/b.html?x#gone: there is no such place",
        "a.html: gone.html: there is no such file",
        "a.html: https://fonts.example.org/x.css: fetched from elsewhere",
        "a.html: below/gone.png: there is no such file",
    ]
