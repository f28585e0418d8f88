"""Packets are formatted when somebody reads Bumble's debug log, and only then.

Each in a process of its own: the change lasts as long as the process.
"""

import subprocess
import sys

import pytest

SCRIPT = """
import logging, sys
from bumble import att, hci
from wearsync_simulators.radio.quiet import stub_packet_formatting
logging.getLogger("bumble").setLevel(sys.argv[1])
stub_packet_formatting()
stub_packet_formatting()
sys.stdout.write(f"{hci.HCI_Reset_Command()} {att.ATT_Read_Request(attribute_handle=0x1234)}")
"""


@pytest.mark.parametrize("level", ["DEBUG", "INFO"])
def test_packets_are_formatted_for_the_debug_log_only(level: str) -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT, level], capture_output=True, text=True, check=True)
    assert (done.stdout == "HCI_Reset_Command ATT_Read_Request") == (level == "INFO")
    assert ("1234" in done.stdout) == (level == "DEBUG")
