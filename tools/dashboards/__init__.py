"""The dashboards that a company imports into its own Superset, as files: ``python -m tools.dashboards``.

Data flow: the models' yml and the metrics' definitions, with the charts named in ``content.py`` ->
``dashboards/superset/``, in the form that Superset exports and imports.
"""
