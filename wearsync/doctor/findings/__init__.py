"""All that the doctor may find, section by section.

Rule: data. A name is a contract (`--json`); where something is wrong, a finding says why it matters and what
mends it, and has a symptom: its heading in docs/howto/troubleshooting.md, which is made from this.
"""

from collections.abc import Mapping

from wearsync.doctor.check import Finding
from wearsync.doctor.findings import (
    bluetooth,
    broker,
    computer,
    configuration,
    daemon,
    page,
    storage,
    watches,
)
from wearsync.doctor.findings.itself import BROKE, HUNG, NOT_REACHED

_MODULES = (computer, configuration, daemon, storage, bluetooth, watches, broker, page)

FINDINGS: tuple[Finding, ...] = tuple(
    value for module in _MODULES for value in vars(module).values() if isinstance(value, Finding)
)
"""In the order in which the doctor looks."""

OF_ANY_CHECK = (BROKE, HUNG, NOT_REACHED)
"""What may happen to each check, whatever it looks at; `check` is put in."""

BY_NAME: Mapping[str, Finding] = {finding.name: finding for finding in (*FINDINGS, *OF_ANY_CHECK)}
