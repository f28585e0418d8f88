"""docs/howto/troubleshooting.md: what may be wrong, by what a person sees of it (scripts/troubleshooting).

Rule: made from the doctor's findings; only the words around them stand here.
"""

import argparse
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from wearsync.doctor import SECTIONS, Status
from wearsync.doctor.check import Finding, anchor
from wearsync.doctor.findings import FINDINGS, OF_ANY_CHECK

ROOT = Path(__file__).parents[2]
PAGE = Path("docs/howto/troubleshooting.md")

HEAD = """\
# When it does not work

<!-- Written by scripts/troubleshooting, from wearsync/doctor/findings. -->

Run `wearsync doctor`. It looks at each part, says what is wrong, why, and what mends it; it changes nothing,
and does not disturb a running daemon. Mend the first thing that fails, and run it again: what comes after it
often hangs on it. `wearsync doctor bluetooth` looks at one part only, and `--json` is for programs: `finding`
there is the name in brackets below.

Where nothing fails and it does not work all the same, the daemon's log says more:
`journalctl --unit wearsync`, or what `wearsync -v run` prints.

Words in capitals (FILE, HOST) stand for yours.
"""
OF_ANY = "The doctor itself"
# A `fix` that is a command and nothing else begins with one of these.
_COMMANDS = re.compile(r"(?:sudo|pip|chmod|mv|wearsync|bluetoothctl|getent)\b[^:;,`]*(?:&& [^:;,`]*)?")


def page() -> str:
    """The whole page."""
    parts = [HEAD]
    for section in SECTIONS:
        troubles = [each for each in FINDINGS if each.check in section.checks and each.symptom]
        parts.append(f"## {section.title}\n")
        parts += [_told(each) for each in troubles]
    parts.append(f"## {OF_ANY}\n")
    parts += [_told(each) for each in OF_ANY_CHECK if each.symptom]
    return "\n".join(parts)


def problems(root: Path) -> Iterator[str]:
    """What is wrong, a line each."""
    path = root / PAGE
    if not path.exists() or path.read_text(encoding="utf-8") != page():
        yield f"{PAGE}: not as the code: run scripts/troubleshooting"
    titles = {anchor(section.title) for section in SECTIONS} | {anchor(OF_ANY)}
    for each in FINDINGS:
        if each.symptom and anchor(each.symptom) in titles:
            yield f"{each.name}: its symptom is a section's title: its anchor would be another one"


def main(arguments: Sequence[str], root: Path = ROOT) -> int:
    """The script."""
    parser = argparse.ArgumentParser(prog="scripts/troubleshooting", description=__doc__)
    parser.add_argument("--check", action="store_true", help="only say what is wrong")
    if not parser.parse_args(arguments).check:
        path = root / PAGE
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page(), encoding="utf-8")
    found = list(problems(root))
    for problem in found:
        sys.stderr.write(f"{problem}\n")
    return 1 if found else 0


def _told(finding: Finding) -> str:
    """A finding under its symptom."""
    weight = "fails" if finding.status is Status.FAIL else "warns"
    check = f"`{finding.check}` {weight}" if finding.check else "Any check"
    lines = [f"### {finding.symptom}\n", f"{check} (`{finding.name}`): {_shown(finding.says)}.\n"]
    if finding.why:
        lines.append(f"- Why: {_shown(finding.why)}.")
    fix = _shown(finding.fix)
    lines.append(f"- Do: `{fix}`" if _COMMANDS.fullmatch(fix) else f"- Do: {fix}.")
    return "\n".join(lines) + "\n"


def _shown(text: str) -> str:
    """With what is put in as words in capitals."""
    return re.sub(r"\{(\w+)\}", lambda found: found[1].upper(), text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
