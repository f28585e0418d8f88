"""`python -m wearsync_simulators` is `wearsync-sim`."""

from wearsync_simulators.cli import main

if __name__ == "__main__":
    main()
