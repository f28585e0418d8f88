"""How scripts/docs makes a site of the Markdown pages: which of them, in which order, and how they look.

Rule: a page reads as well on a forge as here. So nothing of the site's own language stands in the pages: the
order of the pages is in contents.toml beside this file, and links are those of the checkout.
"""

import re
import shutil
import tomllib
from pathlib import Path

from docutils.nodes import document
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PICTURES = "docs/pictures"
CONTENTS = tomllib.loads((HERE / "contents.toml").read_text(encoding="utf-8"))

project = "wearsync"
project_copyright = "the wearsync authors, Apache-2.0"
version = release = re.findall(r'__version__ = "(.+)"', (ROOT / "wearsync/__init__.py").read_text("utf-8"))[0]
language = "en"

extensions = ["myst_parser", "sphinx_copybutton"]
source_suffix = {".md": "markdown"}
root_doc = "README"
# A page that contents.toml does not list is a warning, and so an error.
include_patterns = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "docs/**", "packaging/**/DOCS.md"]
exclude_patterns = [".*", "build", "simulators", "scripts", "tests", "wearsync"]

myst_heading_anchors = 6  # as a forge makes them
myst_enable_extensions = ["html_image"]
suppress_warnings = [
    "myst.header",  # pages that are mostly tables may begin deeper
    "misc.highlighting_failure",  # a line of a protocol is no JSON, and is shown beside some that is
]

html_theme = "furo"
html_title = f"wearsync {version}"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sourcelink = False
html_theme_options = {
    # System fonts, no icons from elsewhere: the site needs no Internet.
    "light_css_variables": {"color-brand-primary": "#0b6b5c", "color-brand-content": "#0b6b5c"},
    "dark_css_variables": {"color-brand-primary": "#5fd0b8", "color-brand-content": "#5fd0b8"},
}
pygments_style = "tango"
pygments_dark_style = "monokai"
copybutton_prompt_text = "$ "


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    app.connect("source-read", _add_contents)
    app.connect("doctree-read", _leave_directories)
    app.connect("build-finished", _add_front_door)


def _add_contents(_app: Sphinx, page: str, source: list[str]) -> None:
    if page == root_doc:
        source[0] += "".join(_toctree(part["pages"], part["caption"]) for part in CONTENTS["part"])
    elif page in CONTENTS["below"]:
        source[0] += _toctree(CONTENTS["below"][page])


def _toctree(pages: list[str], caption: str = "") -> str:
    listed = "\n".join(page.replace("<", "</") if "<" in page else f"/{page}" for page in pages)
    named = f":caption: {caption}\n" if caption else ""
    return f"\n\n```{{toctree}}\n:hidden:\n:glob:\n{named}\n{listed}\n```\n"


def _leave_directories(app: Sphinx, tree: document) -> None:
    """A forge shows a directory; the site has none, and so only its name."""
    page = Path(app.srcdir, f"{app.env.docname}.md")
    for link in list(tree.findall(pending_xref)):
        # A page is named without its suffix here, and docs/mqtt is beside docs/mqtt.md.
        if link["refdomain"] != "doc" and (page.parent / link["reftarget"]).is_dir():
            link.replace_self(link.children)


def _add_front_door(app: Sphinx, failed: Exception | None) -> None:
    if failed is None and app.builder.name == "html":
        # A picture for light and dark is HTML in the page, which Sphinx leaves as it is.
        shutil.copytree(ROOT / PICTURES, Path(app.outdir, PICTURES), dirs_exist_ok=True)
        (Path(app.outdir) / "index.html").write_text(
            f'<!doctype html><meta charset="utf-8"><title>wearsync</title>'
            f'<meta http-equiv="refresh" content="0; url={root_doc}.html">'
            f'<a href="{root_doc}.html">wearsync</a>\n',
            encoding="utf-8",
        )
