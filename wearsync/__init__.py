"""wearsync keeps a smartwatch and a computer in step while its wearer stretches.

Rule: this file holds the version and nothing else, so that importing the package costs nothing.
"""

__version__ = "0.1.0"
