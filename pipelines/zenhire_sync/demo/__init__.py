"""The main job on a simulated company, in under a minute: no key, no network but this machine's own.

Data flow: simulator -> four nights of sync -> zenhire_raw -> zenhire_marts -> published/ and report.html,
all in ``<data dir>/demo``.
Alone: ``zenhire-sync demo``.
"""
