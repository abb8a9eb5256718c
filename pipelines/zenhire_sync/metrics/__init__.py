"""What a figure is: each metric defined once, in ``transforms/models/semantic/``, and what is made of it."""

from zenhire_sync.metrics.definitions import Metric, SemanticModel, metric, metrics, semantic_models

__all__ = ["Metric", "SemanticModel", "metric", "metrics", "semantic_models"]
