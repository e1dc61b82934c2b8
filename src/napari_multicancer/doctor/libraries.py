"""The libraries: those that the program cannot do without, and those of its extras."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable, Iterator
from importlib import import_module

from packaging.requirements import Requirement

from napari_multicancer.doctor.finding import Finding
from napari_multicancer.logs import NAME

Version = Callable[[str], str]

SHOWN = {
    "napari": "",
    "numpy": "numpy",
    "ai-edge-litert": "ai_edge_litert.interpreter",
    "highdicom": "highdicom",
    "imagecodecs": "imagecodecs",
    "nibabel": "nibabel",
    "pillow": "PIL.Image",
    "pydicom": "pydicom",
    "pynrrd": "nrrd",
    "tifffile": "tifffile",
}
"""Libraries that a report names, with what to import to see whether they work.

napari is tried together with Qt, see `window`.
"""
EXTRAS = {
    "video": "films, such as AVI and MP4",
    "minc": "MINC volumes of version 2",
    "consensus": "a consensus by STAPLE",
    "cluster": "a Dask cluster and Parquet tables",
    "train": "training networks",
}
"""What an extra of the package is for."""
TRIED = {"av": "av", "h5py": "h5py"}
"""Libraries of extras that read files, with what to import."""


def look_at_libraries(version: Version = importlib.metadata.version) -> Iterator[Finding]:
    """Say which version of each needed library is there; one that does not fit is a fault.

    Parameters
    ----------
    version : callable
        Gives the installed version by name, or raises PackageNotFoundError.
    """
    others = 0
    for requirement in _required(""):
        found = _needed(requirement, version)
        if requirement.name in SHOWN or found.state != "fine":
            yield found
        else:
            others += 1
    yield Finding("Others", f"{others} more, all as they should be")


def look_at_extras(version: Version = importlib.metadata.version) -> Iterator[Finding]:
    """Say which extras are installed: a note on one that is not, a fault where it is broken."""
    for extra, purpose in EXTRAS.items():
        yield _extra(extra, purpose, version)


def _required(extra: str) -> list[Requirement]:
    """List what the package asks for on this machine: always (""), or for one extra."""
    requirements = map(Requirement, importlib.metadata.requires(NAME) or ())
    return [
        one
        for one in requirements
        if one.name != NAME
        and (one.marker is None or one.marker.evaluate({"extra": extra}))
        and (not extra or not (one.marker is None or one.marker.evaluate({"extra": ""})))
    ]


def _needed(requirement: Requirement, version: Version) -> Finding:
    name = requirement.name
    mend = f'pip install --upgrade "{requirement.name}{requirement.specifier}"'
    try:
        found = version(name)
    except importlib.metadata.PackageNotFoundError:
        return Finding(name, "is not installed", "fault", mend)
    if not requirement.specifier.contains(found, prereleases=True):
        return Finding(name, f"{found} does not fit", "fault", mend)
    return _imported(name, found, SHOWN.get(name, ""), f"pip install --force-reinstall {name}")


def _imported(name: str, version: str, module: str, mend: str) -> Finding:
    """Try to import a library, which fails where its binary parts do not fit the machine."""
    if module:
        try:
            import_module(module)
        except Exception as error:  # noqa: BLE001  whatever ails it, it is said here
            reason = " ".join(f"{type(error).__name__}: {error}".split())
            return Finding(name, f"{version} cannot be loaded ({reason})", "fault", mend)
    return Finding(name, version)


def _extra(extra: str, purpose: str, version: Version) -> Finding:
    mend = f'pip install "{NAME}[{extra}]"'
    found = []
    for requirement in _required(extra):
        try:
            installed = version(requirement.name)
        except importlib.metadata.PackageNotFoundError:
            return Finding(extra, f"not installed, for {purpose}", "note", mend)
        tried = _imported(requirement.name, installed, TRIED.get(requirement.name, ""), mend)
        if tried.state != "fine":
            return Finding(extra, f"{tried.topic} {tried.says}", tried.state, mend)
        found.append(f"{requirement.name} {installed}")
    if not found:
        return Finding(extra, f"not known to this installation, for {purpose}", "note", mend)
    return Finding(extra, ", ".join(found))
