"""What a person runs when it does not work: each part looked at, with why, and what mends it.

    async for check in examine(Request(), names=("broker",)):
        …

Rule: it changes nothing, takes nothing away from a running daemon, and tells no secret. What may be found is
data (`findings/`); the questions to D-Bus, broker, disk and journal belong to the packages that own them.
"""

from wearsync.doctor.check import Check, Finding, Status
from wearsync.doctor.examine import NAMES, SECTIONS, examine
from wearsync.doctor.request import Machine, Request

__all__ = ["NAMES", "SECTIONS", "Check", "Finding", "Machine", "Request", "Status", "examine"]
