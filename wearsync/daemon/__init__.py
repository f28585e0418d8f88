"""The daemon: opens the adapters, feeds the core, carries out what the core returns. The only package that
sees all others.
"""
