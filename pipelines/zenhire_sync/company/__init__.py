"""The company's own words: names, groups, budgets, and the metadata that its marts may show.

Data flow: company/*.csv, metadata.toml -> zenhire_raw.company_* -> dbt. ``zenhire-sync company init`` writes
the files. They are read before the first request of a sync, and again at each build.
"""

from zenhire_sync.company.company_files import CompanyFiles, company_of

__all__ = ["CompanyFiles", "company_of"]
