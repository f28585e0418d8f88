"""BlueZ on a bus of the test's own: as in tests/radio."""

from tests.radio.conftest import bluez, private_bus, system_bus

__all__ = ["bluez", "private_bus", "system_bus"]
