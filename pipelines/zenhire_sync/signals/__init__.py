"""Signals of a run to those who watch it: heartbeat, Prometheus, OpenTelemetry, OpenLineage.

Data flow: steps and the summary of a command -> messages -> an endpoint or a file, each signal by itself.
Nothing of it changes how a command ends: what cannot be sent is a warning.
"""

from zenhire_sync.signals.switched_on import Signals, signals_of

__all__ = ["Signals", "signals_of"]
