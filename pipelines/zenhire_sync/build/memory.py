"""How much memory a build may use when nothing is set: half of what its process may have."""

from zenhire_sync.machine_memory import default_memory_limit

__all__ = ["default_memory_limit"]
