"""Simulated watches, wearers and radio for wearsync: what stands in for hardware."""
