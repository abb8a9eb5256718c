"""Talking to the ZenHire Interview API: pace, faults, paging, rows at the door."""
