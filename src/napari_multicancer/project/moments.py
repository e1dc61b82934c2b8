"""Points in time as text that sorts as they do."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> str:
    """Give the present time."""
    return written(datetime.now(UTC))


def written(moment: datetime) -> str:
    """Write a point in time, in UTC, to the millisecond."""
    utc = moment.astimezone(UTC).replace(tzinfo=None)
    return f"{utc.isoformat(timespec='milliseconds')}Z"


def read(text: str) -> datetime:
    """Read a point in time; one that was edited by hand and is none counts as 1970."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = datetime.fromtimestamp(0, UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
