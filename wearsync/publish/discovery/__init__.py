"""What Home Assistant is told, so that it sets itself up: devices and entities (docs/home-assistant.md)."""
