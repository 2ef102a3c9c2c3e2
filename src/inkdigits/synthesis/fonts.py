"""The handwriting fonts that synthetic writing is set in: which they are, how they come here, where they lie.

    python -m inkdigits.synthesis fonts .fonts        # about 190 families, 9 MB, two to three minutes

`fonts.tsv` beside this file lists every family with its package, version and license (SIL Open Font License
or Apache 2.0). The fonts themselves are not part of inkdigits: `fetch_fonts` brings them with the ordinary
clients of npm and Debian (`npm pack`, `apt-get download`), and keeps each one's license file beside it.
Families marked held-out are never trained on: they are the unseen writers, and write the words that a reader
has to reject.
"""

import csv
import json
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from inkdigits.errors import DataError, OutputError, UsageError

__all__ = ["FontFamily", "fetch_fonts", "font_files", "listed_families"]

_LICENSES = ("OFL-1.0", "OFL-1.1", "Apache-2.0")
_SUFFIXES = (".woff", ".ttf", ".otf")
_DOWNLOADS_AT_ONCE = 4


@dataclass(frozen=True)
class FontFamily:
    """One row of `fonts.tsv`.

    `source` is "npm" or "debian", `license` an SPDX name, `kind` "handwritten" or "printed", `use` "train" or
    "held-out".
    """

    source: str
    package: str
    version: str
    license: str
    kind: str
    use: str

    @property
    def folder_name(self) -> str:
        """The folder of this family under the fonts folder: `caveat` for `@fontsource/caveat`."""
        return self.package.rpartition("/")[2]


def fetch_fonts(folder: Path, families: Sequence[FontFamily] | None = None) -> list[Path]:
    """Bring every family of `families` (all that are listed, by default) into `folder`, and return the font
    files.

    A family that is already there is left alone; one that is not appears whole or not at all. Raises
    `UsageError` where npm or apt-get is missing, `DataError` where a package does not come or is under
    another license than listed, `OutputError` where `folder` cannot be written.
    """
    wanted = listed_families() if families is None else families
    missing = [family for family in wanted if not (folder / family.folder_name).is_dir()]
    for source, program in (("npm", "npm"), ("debian", "apt-get"), ("debian", "dpkg-deb")):
        if any(family.source == source for family in missing) and shutil.which(program) is None:
            raise UsageError(f"{program} is not installed; it brings the fonts that come from {source}")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder}: cannot be made ({error.strerror}); name a folder that can") from error
    with ThreadPoolExecutor(_DOWNLOADS_AT_ONCE) as pool:
        list(pool.map(lambda family: _fetch_family(family, folder), missing))
    return [path for family in wanted for path in _files_in(folder / family.folder_name)]


def font_files(
    folder: Path, *, kind: Literal["handwritten", "printed"], use: Literal["train", "held-out"] = "train"
) -> list[Path]:
    """The fetched font files of one kind and use, in the order of `fonts.tsv`.

    Raises `DataError` where `folder` holds none of them.
    """
    families = [family for family in listed_families() if family.kind == kind and family.use == use]
    files = [path for family in families for path in _files_in(folder / family.folder_name)]
    if not files:
        raise DataError(
            f"{folder}: holds no {kind} fonts; `python -m inkdigits.synthesis fonts {folder}` fetches them"
        )
    return files


def listed_families() -> tuple[FontFamily, ...]:
    """Every family of `fonts.tsv`.

    >>> {family.license for family in listed_families()} <= {"OFL-1.0", "OFL-1.1", "Apache-2.0"}
    True
    """
    with (Path(__file__).parent / "fonts.tsv").open(encoding="utf-8", newline="") as lines:
        return tuple(FontFamily(**row) for row in csv.DictReader(lines, delimiter="\t"))


def _files_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*") if path.suffix in _SUFFIXES)


def _fetch_family(family: FontFamily, folder: Path) -> None:
    if family.license not in _LICENSES:
        raise DataError(f"{family.package}: is under {family.license}; listed fonts are under {_LICENSES}")
    with tempfile.TemporaryDirectory(dir=folder, prefix=".fetching-") as name:
        work = Path(name)
        kept = work / "kept"
        kept.mkdir()
        (_unpack_npm if family.source == "npm" else _unpack_debian)(family, work, kept)
        if not _files_in(kept):
            raise DataError(
                f"{family.package} {family.version}: brought no font; correct its row in fonts.tsv"
            )
        kept.rename(folder / family.folder_name)


def _unpack_npm(family: FontFamily, work: Path, kept: Path) -> None:
    _run(["npm", "pack", f"{family.package}@{family.version}", "--silent"], work)
    with tarfile.open(next(work.glob("*.tgz"))) as archive:
        archive.extractall(work, filter="data")
    package = work / "package"
    found = json.loads((package / "package.json").read_text(encoding="utf-8")).get("license")
    if found != family.license:
        raise DataError(
            f"{family.package} {family.version}: is under {found}, fonts.tsv says {family.license}"
        )
    shutil.copy(package / "LICENSE", kept / "LICENSE")
    weights = {
        int(path.stem.split("-")[-2]): path for path in package.glob("files/*-latin-[0-9]*-normal.woff")
    }
    if weights:
        regular = weights[min(weights, key=lambda weight: abs(weight - 400))]
        shutil.copy(regular, kept / regular.name)


def _unpack_debian(family: FontFamily, work: Path, kept: Path) -> None:
    # Debian keeps one version a release: the listed one is what was measured, not what is asked for.
    _run(["apt-get", "download", family.package], work)
    _run(["dpkg-deb", "-x", next(work.glob("*.deb")).name, "package"], work)
    copyright_file = work / "package/usr/share/doc" / family.package / "copyright"
    if "OFL" not in copyright_file.read_text(encoding="utf-8"):
        raise DataError(f"{family.package}: its copyright file does not name the OFL, as fonts.tsv does")
    shutil.copy(copyright_file, kept / "LICENSE")
    for path in sorted((work / "package/usr/share/fonts").rglob("*.[to]tf")):
        shutil.copy(path, kept / path.name)


def _run(command: list[str], folder: Path) -> None:
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        lines = (result.stderr or result.stdout).strip().splitlines()
        raise DataError(
            f"`{' '.join(command)}` failed: {lines[-1] if lines else result.returncode}; is there a network?"
        )
