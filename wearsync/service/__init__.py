"""What a service manager (systemd) is told: how to run the daemon, and how it gets on."""
