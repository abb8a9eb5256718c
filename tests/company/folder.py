"""A company's folder with files in it, and what reading it says."""

from __future__ import annotations

from pathlib import Path

from zenhire_sync.company import CompanyFiles, company_of
from zenhire_sync.settings import Settings


def write_files(data_dir: Path, **files: str | bytes) -> Path:
    """``projects_csv="..."`` writes company/projects.csv, line ends as they are; returns the folder."""
    folder = data_dir / "company"
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        data = content if isinstance(content, bytes) else content.encode()
        (folder / name.replace("_", ".")).write_bytes(data)
    return folder


def read(data_dir: Path, **files: str | bytes) -> CompanyFiles:
    """The files as the program reads them."""
    write_files(data_dir, **files)
    return company_of(Settings(data_dir=data_dir))
