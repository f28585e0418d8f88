"""The kernel is asked whether the clock is kept right."""

import subprocess
import sys

from wearsync.doctor.ntp import is_synchronised


def test_the_kernel_says_yes_or_no() -> None:
    assert is_synchronised() in (True, False)


def test_another_system_does_not_tell() -> None:
    code = (
        "import sys; from wearsync.doctor import ntp; sys.platform = 'darwin'; "
        "sys.exit(ntp.is_synchronised() is not None)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
