"""zenhire-sync: interview sessions in, trusted marts out."""
