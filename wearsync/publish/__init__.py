"""The way to dashboards: topics, payloads, commands, and the client (the only importer of aiomqtt)."""
