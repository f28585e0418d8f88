"""The command line: one file a group of commands; it asks the daemon, and shows what it says."""
