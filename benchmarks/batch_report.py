"""The page about many scans, from measured figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MILLION = 1_000_000
HOUR, DAY = 3600, 86_400
VOLUME_PLANES = 155
TEMPLATE = Path(__file__).with_name("scale_template.md")


@dataclass(frozen=True)
class Costs:
    """Processor seconds, derived from the figures.

    Attributes
    ----------
    picture, plane : float
        Of analysing a 2-D scan, and a plane of a stack.
    task_here, file_here : float
        Of handing out a task, and besides that each of its files: scheduler and client.
    task_there, file_there : float
        The same at the worker.
    """

    picture: float
    plane: float
    task_here: float
    file_here: float
    task_there: float
    file_there: float
    portion_seconds: float
    most_files: int

    @classmethod
    def of(cls, figures: Mapping[str, Any]) -> Costs:
        """Tell the cost of a task from that of a file: tasks of 1 file were timed, and of many."""
        analysis, portion = figures["analysis"], figures["portion"]
        size = portion["most_files"]
        shares = []
        for where in ("handing_out", "worker"):
            alone, among = figures["singly"][where], figures["portions"][where]
            task = max(0.0, (alone - among) / (1 - 1 / size))
            shares += [task, max(0.0, alone - task)]
        return cls(
            analysis["picture_seconds"],
            analysis["stack_seconds"] / analysis["stack_planes"],
            *shares,
            portion["seconds"],
            size,
        )

    def portion(self, seconds: float) -> int:
        """Files a task, where each takes so long."""
        return max(1, min(self.most_files, int(self.portion_seconds / seconds)))

    def here(self, seconds: float) -> float:
        """Seconds of handing out a file that takes so long."""
        return self.task_here / self.portion(seconds) + self.file_here

    def there(self, seconds: float) -> float:
        """Seconds that its worker spends on it beside the analysis."""
        return self.task_there / self.portion(seconds) + self.file_there

    def busy_cores(self, seconds: float) -> float:
        """Cores that one handing-out process keeps busy with such files."""
        return (seconds + self.there(seconds)) / self.here(seconds)


def markdown(figures: Mapping[str, Any]) -> str:
    """Write the page.

    Parameters
    ----------
    figures : mapping
        As `benchmarks.batch_overhead.measure` gives them.
    """
    costs = Costs.of(figures)
    return TEMPLATE.read_text("utf-8").format(
        **_measured(figures, costs), **_estimated(costs, figures)
    )


def _measured(figures: Mapping[str, Any], costs: Costs) -> dict[str, str]:
    machine, analysis = figures["machine"], figures["analysis"]
    few, many = figures["few"], figures["many"]
    return {
        "processor": machine["processor"],
        "cores": str(machine["cores"]),
        "python": machine["python"],
        "load": f"{machine['load_before']:.1f}",
        "portion_seconds": f"{costs.portion_seconds:g}",
        "most_files": str(costs.most_files),
        "picture": _ms(costs.picture),
        "stack": _ms(analysis["stack_seconds"]),
        "stack_planes": str(analysis["stack_planes"]),
        "plane": _ms(costs.plane),
        "own": _ms(many["seconds_a_file"]),
        "singly": _ms(sum(figures["singly"].values())),
        "portions": _ms(sum(figures["portions"].values())),
        "task_here": _ms(costs.task_here),
        "file_here": _ms(costs.file_here),
        "task_there": _ms(costs.task_there),
        "file_there": _ms(costs.file_there),
        "few_files": f"{few['files']:,}",
        "few_peak": f"{few['peak_mb']:.0f}",
        "many_files": f"{many['files']:,}",
        "many_peak": f"{many['peak_mb']:.0f}",
        "kept": f"{figures['kept']['bytes_a_file']:.0f}",
    }


def _estimated(costs: Costs, figures: Mapping[str, Any]) -> dict[str, str]:
    volume, here = VOLUME_PLANES * costs.plane, costs.here(costs.picture)
    size = figures["analysis"]["picture_bytes"]
    lines = [
        _core_hours(what, costs, seconds, number)
        for what, seconds in (
            ("2-D scans", costs.picture),
            (f"volumes of {VOLUME_PLANES} planes", volume),
        )
        for number in (MILLION, 100 * MILLION)
    ]
    return {
        "estimates": "\n".join(lines),
        "scans_a_second": _round(1 / here),
        "scans_a_task": str(costs.portion(costs.picture)),
        "picture_cores": _round(costs.busy_cores(costs.picture)),
        "volume_cores": _round(costs.busy_cores(volume)),
        "volume_planes": str(VOLUME_PLANES),
        "days": _round(100 * MILLION * here / DAY),
        "picture_kb": f"{size / 1e3:.0f}",
        "rate": _round(size / here / 1e6),
    }


def _core_hours(what: str, costs: Costs, seconds: float, number: int) -> str:
    parts = (seconds, costs.there(seconds), costs.here(seconds))
    return f"| {number:,} {what} | {' | '.join(_round(part * number / HOUR) for part in parts)} |"


def _ms(seconds: float) -> str:
    milliseconds = seconds * 1e3
    return f"{milliseconds:.0f} ms" if milliseconds >= 20 else f"{milliseconds:.2g} ms"


def _round(number: float) -> str:
    """Keep two digits: more than a prediction is good for."""
    return f"{float(f'{number:.2g}'):,.0f}" if number >= 10 else f"{number:.2g}"
