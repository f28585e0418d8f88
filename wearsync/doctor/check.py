"""What a check may come to (`Finding`), and what one has come to (`Check`).

Rule: all words stand in the finding; who looks gives only what is to be put into them.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from wearsync.model import Border

# Names, paths and words of other programs: enough to know them by.
VALUE_SHOWN_CHARS = 240


class Status(StrEnum):
    """How it stands. `warn`: it works, or may do; `skip`: it was not looked at, and `says` why."""

    PASS = "pass"  # noqa: S105  # no password
    WARN = "warn"
    FAIL = "fail"
    SKIP = "skip"


class Check(Border):
    """One thing that was looked at. `name` of the check, `finding`: what it has come to; `about`: the watch,
    where there is one of each; `fix`: the command or act that mends it; `doc`: the section of
    docs/howto/troubleshooting.md.
    """

    name: str
    finding: str
    about: str = ""
    status: Status
    says: str
    why: str = ""
    fix: str = ""
    doc: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a check may come to; `{…}` in its texts is put in by who finds it. `check`: whose; `symptom`: what
    a person sees of it, in their words, where something is wrong.
    """

    name: str
    check: str
    status: Status
    says: str
    why: str = ""
    fix: str = ""
    symptom: str = ""

    def told(self, *, about: str = "", **values: object) -> Check:
        """As found, with these values."""
        shown = {key: plain(value) for key, value in values.items()}
        about = plain(about)
        texts = (text.format(watch=about, **shown) for text in (self.says, self.why, self.fix))
        says, why, fix = texts
        return Check(
            name=self.check,
            finding=self.name,
            about=about,
            status=self.status,
            says=says,
            why=why,
            fix=fix,
            doc=anchor(self.symptom),
        )


def plain(value: object) -> str:
    """On one line, and nothing that a terminal would take for a command: anybody may name a device."""
    text = " ".join(str(value).split())
    text = "".join(letter if letter.isprintable() else "?" for letter in text)
    return text if len(text) <= VALUE_SHOWN_CHARS else text[:VALUE_SHOWN_CHARS] + "…"


def anchor(heading: str) -> str:
    """Where a heading is found on its page: as Markdown viewers and the site make it."""
    return re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-")
