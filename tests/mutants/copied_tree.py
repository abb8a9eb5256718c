"""A copy of the tree with an interpreter of its own, where defects are planted; the tree itself stays."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import cache_from_source
from pathlib import Path

from tests.mutants.defect import Defect

ROOT = Path(__file__).parents[2]


class CopiedTree:
    """What git knows of the tree, or would, as it is now. Two may be used side by side."""

    def __init__(self, folder: Path) -> None:
        """Makes it anew: what a runner that was killed left there goes."""
        self.folder = folder
        shutil.rmtree(folder, ignore_errors=True)
        listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        names = subprocess.run(listed, cwd=ROOT, check=True, capture_output=True, text=True).stdout
        for name in filter(None, names.split("\0")):
            if (ROOT / name).is_file():
                target = folder / name
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(ROOT / name, target)
                shutil.copymode(ROOT / name, target)
        self.python = self._make_environment()
        self._require_its_own_code()

    def _make_environment(self) -> Path:
        """The environment's libraries behind the copy's own code, which commands of its own start, too."""
        environment = self.folder / ".venv"
        make = [sys.executable, "-m", "venv", "--without-pip", environment]
        subprocess.run(make, check=True)
        libraries = Path(sysconfig.get_path("purelib"))
        [packages] = environment.glob("lib/python*/site-packages")
        # A folder that is only named here brings no .pth of its own, so not the tree's code either.
        ahead = (self.folder / "pipelines", self.folder / "schemas", libraries)
        (packages / "copied_tree.pth").write_text("".join(f"{path}\n" for path in ahead), "utf-8")
        programs = environment / "bin"
        for program in Path(sys.executable).parent.iterdir():
            if not (programs / program.name).exists():
                (programs / program.name).symlink_to(program)
        command = programs / "zenhire-sync"
        text = command.read_text("utf-8")
        command.unlink()
        command.write_text(f"#!{programs / 'python'}\n" + text.partition("\n")[2], "utf-8")
        command.chmod(0o755)
        return programs / "python"

    def _require_its_own_code(self) -> None:
        ask = [self.python, "-c", "import zenhire_sync, zenhire_schemas; print(zenhire_sync.__file__)"]
        found = subprocess.run(ask, cwd="/", check=True, capture_output=True, text=True).stdout.strip()
        if not found.startswith(f"{self.folder}{os.sep}"):
            raise RuntimeError(f"the copy at {self.folder} would test the code of {found}")

    @contextmanager
    def planted(self, defect: Defect) -> Iterator[None]:
        """The defect is there while the block runs. Raises NotOnceError."""
        path = self.folder / defect.file
        source = path.read_text("utf-8")
        planted = defect.planted(source)
        try:
            self._write(path, planted)
            yield
        finally:
            self._write(path, source)

    @staticmethod
    def _write(path: Path, text: str) -> None:
        path.write_text(text, "utf-8")
        if path.suffix == ".py":
            # Python tells sources apart by second and length.
            Path(cache_from_source(str(path))).unlink(missing_ok=True)
