"""How fast a sync is and how much memory it takes, against a floor and a peer. Run as ``python -m bench``."""
