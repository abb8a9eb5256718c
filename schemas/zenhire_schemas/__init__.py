"""The contract: what the API sends, and what every warehouse table holds. Imports nothing of dlt."""
