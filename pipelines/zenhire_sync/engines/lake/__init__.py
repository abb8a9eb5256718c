"""The raw tables as Apache Iceberg tables on an object store: nothing local must survive a run."""
