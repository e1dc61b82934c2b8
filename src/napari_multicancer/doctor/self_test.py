"""The models asked about the scans that ship, which shows that everything works together."""

from __future__ import annotations

import time
from collections.abc import Iterator

from napari_multicancer.core.analysis.analyze import analyze
from napari_multicancer.core.analysis.answer import Analysis
from napari_multicancer.core.errors import ModelError, MulticancerError
from napari_multicancer.core.models.cards import models_folder
from napari_multicancer.core.models.runtime import unload_models
from napari_multicancer.doctor.finding import REPORT, Finding
from napari_multicancer.io import load_scan
from napari_multicancer.samples import SAMPLES, Sample


def analyze_samples() -> Iterator[Finding]:
    """Open and analyze each sample, and once more the first, whose models are loaded by then."""
    unload_models()
    for sample in SAMPLES:
        yield _tried(sample)
    yield _tried(SAMPLES[0], "once more")


def _tried(sample: Sample, remark: str = "") -> Finding:
    topic = f"{sample.name}, {remark}" if remark else sample.name
    start = time.perf_counter()
    try:
        answer = analyze(load_scan(sample.path))
    except ModelError:
        return Finding(topic, "not analyzed, as a model cannot be used", "fault", "see the models")
    except MulticancerError as error:
        return Finding(topic, f"failed ({error.message.removesuffix('.')})", "fault", REPORT)
    except Exception as error:  # noqa: BLE001  whatever fails in a library, it is said here
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        return Finding(topic, f"failed ({reason})", "fault", REPORT)
    says = f"{_words(answer)} in {time.perf_counter() - start:.2f} s"
    return _judged(topic, says, answer, sample)


def _words(answer: Analysis) -> str:
    found = [answer.organ.label]
    if answer.diagnosis is not None:
        found.append(answer.diagnosis.label)
    if answer.mask is not None and answer.mask.any():
        found.append(f"{int(answer.mask.sum())} px outlined")
    return ", ".join(found)


def _judged(topic: str, says: str, answer: Analysis, sample: Sample) -> Finding:
    """Compare an answer with what the shipped models say of the sample."""
    diagnosis = answer.diagnosis.label if answer.diagnosis else None
    if (answer.organ.label, diagnosis) == (sample.organ, sample.diagnosis):
        return Finding(topic, says)
    says = f"{says}, where {sample.organ}, {sample.diagnosis} was expected"
    if any(models_folder().glob("*.toml")):
        return Finding(topic, says, "note", "models of your own answered")
    return Finding(topic, says, "fault", REPORT)
