"""Cloud warehouses that receive the published marts by dlt; not tested there."""
