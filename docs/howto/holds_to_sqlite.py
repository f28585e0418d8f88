"""Keeps every hold that wearsync publishes in an SQLite file, once: for Grafana, or for a spreadsheet.

python holds_to_sqlite.py BROKER[:PORT] FILE        (needs paho-mqtt; a user and password: username_pw_set)
"""

import json
import sqlite3
import sys

from paho.mqtt.client import Client, MQTTMessage, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

# Holds of watches, and those that were logged or corrected by hand.
TOPICS = ("wearsync/+/+/hold", "wearsync/+/wearer/+/hold")
KEPT_BY_BROKER_S = 30 * 86400
TABLE = """CREATE TABLE IF NOT EXISTS holds
(id TEXT PRIMARY KEY, wearer TEXT, local_date TEXT, side TEXT, credited_s REAL, void INTEGER)"""
ROW = "INTO holds VALUES (:stands_for, :wearer, :local_date, :side, :credited_s, :void)"


def keep(file: str, payload: bytes) -> None:
    """An event may come twice: it is known by its id. A correction takes the place of what it amends."""
    hold = json.loads(payload)
    how = "INSERT OR REPLACE" if hold["amends"] else "INSERT OR IGNORE"
    database = sqlite3.connect(file)
    with database:
        database.execute(TABLE)
        database.execute(f"{how} {ROW}", {**hold, "stands_for": hold["amends"] or hold["id"]})
    database.close()


def main(broker: str, file: str) -> None:
    """Until it is stopped. The broker keeps what comes meanwhile: the session is ours for 30 days."""
    host, _, port = broker.partition(":")
    client = Client(CallbackAPIVersion.VERSION2, client_id="holds-to-sqlite", protocol=MQTTv5)

    def connected(client: Client, *_: object) -> None:
        client.subscribe([(topic, 1) for topic in TOPICS])
        print("listening", flush=True)

    def heard(_client: Client, _data: object, message: MQTTMessage) -> None:
        keep(file, message.payload)  # acknowledged after this: what is not on disk comes again

    client.on_connect, client.on_message = connected, heard
    properties = Properties(PacketTypes.CONNECT)
    properties.SessionExpiryInterval = KEPT_BY_BROKER_S
    client.connect(host, int(port or 1883), clean_start=False, properties=properties)
    client.loop_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
