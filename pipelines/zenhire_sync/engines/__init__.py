"""What knows an engine, and nothing else does: ``open.py`` says which one a profile means."""
