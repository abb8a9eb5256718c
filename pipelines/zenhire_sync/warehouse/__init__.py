"""The warehouse side of sync: dlt loads Arrow tables into it, and it is read back as the run's memory."""
