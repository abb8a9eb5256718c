"""Random lives: a company, a dialect, settings, nights and accidents from one seed, judged after each run."""
