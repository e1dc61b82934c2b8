"""A connection to a Dask cluster that can do the work."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from napari_multicancer.core.errors import MulticancerError

CONNECT_SECONDS = 15

_PACKAGE = "napari_multicancer"
_SCHEDULER_NEEDS: tuple[str, ...] = ("dask", "distributed")
_WORKER_NEEDS: tuple[str, ...] = ("python", *_SCHEDULER_NEEDS, "numpy", _PACKAGE)


@contextmanager
def connected(address: str) -> Iterator[Any]:
    """Connect to a cluster that can do the work.

    Parameters
    ----------
    address : str
        Of the scheduler, such as "tcp://10.0.0.1:8786".

    Yields
    ------
    distributed.Client

    Raises
    ------
    MulticancerError
        dask.distributed is not installed, no scheduler answers, it has no workers,
        or these have other versions than this machine of what decides the results.
    """
    with _client(address) as client:
        _wait_for_workers(client, address)
        versions = client.get_versions(packages=[_PACKAGE])
        check_versions(versions["client"], versions["scheduler"], versions["workers"])
        yield client


def check_versions(
    here: Mapping[str, Any], scheduler: Mapping[str, Any], workers: Mapping[str, Mapping[str, Any]]
) -> None:
    """Make sure that a cluster gives the results that this machine would give.

    Parameters
    ----------
    here, scheduler : mapping
        As from `distributed.Client.get_versions`.
    workers : mapping of str to mapping
        By address.

    Raises
    ------
    MulticancerError
        Versions differ; it names the first.
    """
    ours = _versions(here)
    places = [("the scheduler", scheduler, _SCHEDULER_NEEDS)]
    places += [(f"the worker {name}", one, _WORKER_NEEDS) for name, one in workers.items()]
    for place, one, needs in places:
        theirs = _versions(one)
        for package in needs:
            if theirs.get(package) != ours[package]:
                raise MulticancerError(
                    f"{package} is {ours[package]} here and "
                    f"{theirs.get(package) or 'not installed'} on {place}: "
                    "install the same versions on all machines."
                )


def _versions(place: Mapping[str, Any]) -> dict[str, str]:
    packages = place["packages"]
    python = ".".join(packages["python"].split(".")[:2])
    return {**packages, "python": python}


def _client(address: str) -> Any:
    try:
        from dask.distributed import Client
        from distributed.versions import VersionMismatchWarning
    except ImportError as error:
        raise MulticancerError(
            "--scheduler needs dask.distributed: "
            'install it with pip install "napari-multicancer[cluster]".'
        ) from error
    try:
        with warnings.catch_warnings():
            # `check_versions` says it in one sentence.
            warnings.simplefilter("ignore", VersionMismatchWarning)
            return Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise MulticancerError(
            f"No Dask scheduler answers at {address}: check the address and that it runs."
        ) from error


def _wait_for_workers(client: Any, address: str) -> None:
    try:
        client.wait_for_workers(1, timeout=CONNECT_SECONDS)
    except TimeoutError as error:
        raise MulticancerError(
            f"The Dask cluster at {address} has no workers: start some by dask worker {address}."
        ) from error
