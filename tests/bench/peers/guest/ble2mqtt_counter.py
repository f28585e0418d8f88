"""ble2mqtt with a device of ours, by its own registry: it keeps a connection and publishes the newest count.

Runs in the guest, with its configuration in BLE2MQTT_CONFIG. Rule: nothing of ble2mqtt is changed; it
publishes what it last heard each ACTIVE_SLEEP_INTERVAL seconds, of which 1 is the fastest.
"""

from dataclasses import dataclass

from ble2mqtt.__main__ import main
from ble2mqtt.devices.base import SENSOR_DOMAIN, ConnectionMode, Sensor, SubscribeAndSetDataMixin


@dataclass
class Count:
    count: int

    @classmethod
    def from_data(cls, raw):
        return cls(int.from_bytes(raw, "little"))


class Counter(SubscribeAndSetDataMixin, Sensor):
    NAME = "counter"
    DATA_CHAR = "5f3c0001-7d1b-4f0e-9a57-2f6a1c4e8b10"
    SENSOR_CLASS = Count
    ACTIVE_SLEEP_INTERVAL = 1
    NOT_READY_SLEEP_INTERVAL = 1
    MAC_TYPE = "random"
    ACTIVE_CONNECTION_MODE = ConnectionMode.ACTIVE_KEEP_CONNECTION

    @property
    def entities(self):
        return {SENSOR_DOMAIN: [{"name": "count"}]}


main()
