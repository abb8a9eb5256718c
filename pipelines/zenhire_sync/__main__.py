"""``python -m zenhire_sync``: the same as the command ``zenhire-sync``, where scripts are not on the path."""

from __future__ import annotations

from zenhire_sync.cli.app import main

if __name__ == "__main__":
    main()
