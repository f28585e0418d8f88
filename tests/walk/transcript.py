"""What a page shows of a conversation, held against what was said; and the answers that it shows.

Rule: pure. Figures, addresses and ids differ from run to run: a number stands for any number, an address for
any address, `…` for anything, a line of its own with `…` for any lines. All else is to the letter.
"""

import re
from collections.abc import Sequence

_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[()][A-Z0-9]|\x1b[=>]")
_QUESTION = re.compile(
    r"^(?P<asked>.*[?:.] ?\[[^\]]*\]|.*\?|[^:]*(?:[Pp]assword|code|digits)[^:]*:)(?: (?P<answer>.*))?$"
)
_ANY = re.compile(r"(?:[0-9A-F]{2}:){5}[0-9A-F]{2}|[0-9a-f]{8}…|[0-9a-f]{32}|\d+|…|\s+")
_LINES = "…"
# Stands for the code on the watch of this run.
ANY_CODE = "000 000"


def plain(said: str) -> str:
    """Without colours; each line as it stood at last."""
    text = _ANSI.sub("", said).replace("\r\n", "\n")
    return "\n".join(line.rpartition("\r")[2] for line in text.split("\n"))


def pattern(shown: str) -> re.Pattern[str]:
    """What a line that is shown stands for."""
    parts, at = [], 0
    for found in _ANY.finditer(shown):
        parts += [re.escape(shown[at : found.start()]), _stands_for(found[0])]
        at = found.end()
    return re.compile("".join([*parts, re.escape(shown[at:])]) + r"\s*")


def difference(shown: Sequence[str], said: str) -> str | None:
    """The first line that is shown and was not said, or the other way about; None: there is none."""
    rest = [line.rstrip() for line in plain(said).splitlines() if line.strip()]
    skipping = False
    for line in (line for line in shown if line.strip()):
        if line.strip() == _LINES:
            skipping = True
            continue
        matches = pattern(line)
        while skipping and rest and not matches.fullmatch(rest[0]):
            rest.pop(0)
        if not rest or not matches.fullmatch(rest[0]):
            return f"shown: {line}\nsaid:  {rest[0] if rest else 'nothing more'}"
        rest.pop(0)
        skipping = False
    return None if skipping or not rest else f"shown: nothing more\nsaid:  {rest[0]}"


class Person:
    """Who answers at the terminal what the page shows, in its order."""

    def __init__(self, shown: Sequence[str]) -> None:
        asked = [_QUESTION.match(line) for line in shown]
        self._left = [(pattern(each["asked"]), each["answer"] or "") for each in asked if each]

    def answer(self, said: str) -> str | None:
        """What to type, if the last line of what was said so far is a question that is shown, and not yet
        answered.
        """
        last = plain(said).rpartition("\n")[2]
        for number, (asked, answer) in enumerate(self._left):
            if asked.fullmatch(last):
                del self._left[: number + 1]
                return answer
        return None


class Obliging:
    """Who says yes to the watch's code, types it when asked, and otherwise takes what is proposed."""

    def __init__(self) -> None:
        self._answered = 0

    def answer(self, said: str) -> str | None:
        """What to type, if the last line of what was said so far is a question."""
        last = plain(said).rpartition("\n")[2].rstrip()
        asked = _QUESTION.match(last)
        if asked is None or len(said) <= self._answered:
            return None
        self._answered = len(said) + len(" ")
        if last.endswith(":"):
            return ANY_CODE
        return "y" if "the watch show" in last else ""


def _stands_for(part: str) -> str:
    if part == "…":
        return ".*"
    if part.isspace():
        return r"\s+"
    if ":" in part:
        return "(?:[0-9A-F]{2}:){5}[0-9A-F]{2}"
    if part.isdigit() and len(part) < 8:
        return r"\d+"
    return "[0-9a-f]+…?"
