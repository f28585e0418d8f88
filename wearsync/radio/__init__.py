"""The host's Bluetooth adapter: the only importer of bleak."""
