"""What to fetch and what it means, decided by pure functions: cursors, order, detail plan, personas."""
