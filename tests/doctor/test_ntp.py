"""The kernel is asked whether the clock is kept right."""

import ctypes
import subprocess
import sys

from wearsync.doctor.ntp import is_synchronised


def test_the_kernel_is_believed() -> None:
    state = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(512))
    # adjtimex(2): an error (a sandbox), TIME_ERROR; the rest: synchronised, a leap second or none.
    assert is_synchronised() is {-1: None, 5: False}.get(state, True)


def test_another_system_does_not_tell() -> None:
    code = (
        "import sys; from wearsync.doctor import ntp; sys.platform = 'darwin'; "
        "sys.exit(ntp.is_synchronised() is not None)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
