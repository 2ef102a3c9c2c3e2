"""Many files into rows, on this machine's cores or on a Ray cluster."""

from inkdigits.batch.progress import choose_progress
from inkdigits.batch.rows import SCHEMA
from inkdigits.batch.run import batch
from inkdigits.batch.summary import Summary
from inkdigits.batch.work import Settings

__all__ = ["SCHEMA", "Settings", "Summary", "batch", "choose_progress"]
