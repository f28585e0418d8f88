"""The local socket: the CLI's way into the daemon."""
