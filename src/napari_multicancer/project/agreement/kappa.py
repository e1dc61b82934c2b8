"""Agreement on what scans show, beyond chance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence


def cohens_kappa(pairs: Sequence[tuple[str, str]]) -> float:
    """Cohen's kappa of two raters' words.

    Parameters
    ----------
    pairs : sequence of (str, str)
        What each of the two says of a scan.

    Returns
    -------
    float
        1 for full agreement, 0 for what chance gives; NaN without scans, or where both
        always say the same single word: chance alone would agree.

    References
    ----------
    Cohen 1960, "A Coefficient of Agreement for Nominal Scales".

    Examples
    --------
    >>> cohens_kappa([("benign", "benign"), ("malignant", "malignant"), ("benign", "malignant")])
    0.4
    """
    if not pairs:
        return float("nan")
    total = len(pairs)
    first, second = Counter(one for one, _ in pairs), Counter(other for _, other in pairs)
    seen = sum(one == other for one, other in pairs) / total
    chance = sum(first[word] * second[word] for word in first) / total**2
    return float("nan") if chance == 1 else round((seen - chance) / (1 - chance), 12)
