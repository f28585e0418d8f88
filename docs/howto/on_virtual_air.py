"""Runs a bleak script without a Bluetooth adapter, on the air of `wearsync-sim air`.

    python docs/howto/on_virtual_air.py tcp:127.0.0.1:9747 docs/howto/plain_bleak_script.py

The script's `main(scanner, client)` gets the keyword arguments that put bleak on that air.
"""

import asyncio
import runpy
import sys
import tempfile
from pathlib import Path

from wearsync_simulators.radio.provider import TcpRadio


async def on_air(spec: str, script: str) -> None:
    with tempfile.TemporaryDirectory() as state_dir:
        radio = await TcpRadio().open(spec, state_dir=Path(state_dir), agent=None)
        options = dict(radio.client_options)
        try:
            await runpy.run_path(script)["main"](
                scanner={"backend": radio.scanner_backend, **options},
                client={"backend": radio.client_backend, **options},
            )
        finally:
            await radio.close()


if __name__ == "__main__":
    asyncio.run(on_air(*sys.argv[1:3]))
