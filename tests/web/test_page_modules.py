"""The page's modules under node: what is pure is right, and the syntax is one that old tablets know."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "wearsync/web/static"
MODULES = sorted(STATIC.glob("*.js"))

# What Chrome 80 (the last one on many tablets with Android 8) does not know.
NEWER_SCRIPT = (
    r"\?\?=",
    r"\|\|=",
    r"&&=",
    r"\.at\(-?\d",
    r"replaceChildren",
    r"replaceAll",
    r"structuredClone",
    r"^await ",
)
NEWER_STYLE = (
    r":has\(",
    r":is\(",
    r":where\(",
    r"\binset:",
    r"(?<!-)aspect-ratio:",
    r"\b\d+dvh",
    r"@layer",
    r"@container",
    r"^\s+&",
)


@pytest.fixture(scope="module")
def node() -> str:
    path = shutil.which("node")
    assert path, "the page's tests need node (apt install nodejs)"
    return path


def test_what_is_pure_is_right(node: str, tmp_path: Path) -> None:
    """Copied: only beside a package.json of its own does node take `.js` for a module."""
    for module in (*MODULES, Path(__file__).parent / "pure.test.mjs"):
        shutil.copy(module, tmp_path)
    (tmp_path / "package.json").write_text('{"type": "module"}')
    done = subprocess.run(
        [node, "--test", "pure.test.mjs"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
def test_a_module_says_what_it_is_for_is_short_and_of_an_old_syntax(module: Path) -> None:
    text = module.read_text(encoding="utf-8")
    assert text.startswith("/* "), "no word on top"
    assert "Rule: " in text.split("*/")[0]
    assert len(text.splitlines()) <= 400
    assert max(map(len, text.splitlines())) <= 150
    assert [found for newer in NEWER_SCRIPT if (found := re.search(newer, text, re.MULTILINE))] == []
    assert "innerHTML" not in text, "text goes in as text"
    assert "http://" not in text.replace("http://www.w3.org/2000/svg", ""), "nothing comes from elsewhere"


def test_the_style_is_of_an_old_syntax_and_nothing_comes_from_elsewhere() -> None:
    text = (STATIC / "page.css").read_text(encoding="utf-8")
    assert [found for newer in NEWER_STYLE if (found := re.search(newer, text, re.MULTILINE))] == []
    # Flex boxes have a gap since Chrome 84, grids since 66.
    for rule in re.findall(r"[^{}]*\{[^{}]*\}", text):
        assert not (re.search(r"display:\s*flex", rule) and re.search(r"(?<!grid-)(?<!column-)gap:", rule)), (
            rule
        )
    assert "url(" not in text
    assert "@import" not in text


def test_the_page_itself_holds_no_script_and_no_style() -> None:
    text = (STATIC / "index.html").read_text(encoding="utf-8")
    assert re.findall(r"<script(?![^>]*\bsrc=)", text) == []
    assert re.findall(r"<style|\sstyle=|\son[a-z]+=", text) == []
    assert re.findall(r"(?:src|href)=\"(?:/|https?:)", text) == [], (
        "a page below a prefix has relative addresses only"
    )
