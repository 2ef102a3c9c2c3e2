"""Pages that come back from clients, perhaps corrected: the containers' schema, with bounds on everything."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo, model_validator

from inkdigits import containers
from inkdigits.containers import Kind, Status

__all__ = ["FieldData", "PageData"]

_LARGEST = 100_000  # of an edge, in pixels

Edge = Annotated[int, Field(ge=0, le=_LARGEST)]
Side = Annotated[int, Field(ge=1, le=_LARGEST)]
Probability = Annotated[float, Field(ge=0, le=1)]
Text = Annotated[str, Field(max_length=200)]
Name = Annotated[str, Field(max_length=1000)]


def _in_order(box: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    if box[0] > box[2] or box[1] > box[3]:
        raise ValueError("expected left, top, right and bottom in pixels, none beyond the other")
    return box


Box = Annotated[tuple[Edge, Edge, Edge, Edge], AfterValidator(_in_order)]


class _Exact(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class IntData(_Exact):
    """A whole number."""

    type: Literal["int"]
    value: Annotated[str, Field(pattern="^-?[0-9]{1,60}$")]


class DecimalData(_Exact):
    """A number with decimals."""

    type: Literal["decimal"]
    value: Annotated[str, Field(pattern="^-?[0-9]{1,60}(\\.[0-9]{1,60})?(E[+-]?[0-9]{1,2})?$")]


class DateData(_Exact):
    """A day."""

    type: Literal["date"]
    value: Annotated[str, Field(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]


Value = Annotated[IntData | DecimalData | DateData, Field(discriminator="type")]


class SymbolData(_Exact):
    """``containers.Symbol``."""

    text: Text
    confidence: Probability
    box: Box | None


class AlternativeData(_Exact):
    """``containers.Alternative``."""

    text: Text
    value: Value | None
    confidence: Probability


class FieldData(_Exact):
    """``containers.Field``."""

    schema_version: Literal[1]
    kind: Kind
    text: Text
    value: Value | None
    confidence: Probability
    status: Status
    alternatives: Annotated[list[AlternativeData], Field(max_length=100, fail_fast=True)]
    symbols: Annotated[list[SymbolData], Field(max_length=200, fail_fast=True)]
    box: Box | None
    name: Name | None

    @model_validator(mode="after")
    def _says_nothing_where_nothing_is(self, _: ValidationInfo) -> FieldData:
        if self.status in ("empty", "rejected") and (self.text or self.value is not None):
            raise ValueError(f"a field that is {self.status} has no text and no value")
        return self

    def to_field(self) -> containers.Field:
        """Return the container; raise DataError for a day that there is not."""
        return containers.Field.from_dict(self.model_dump())


class TableData(_Exact):
    """``containers.Table``."""

    schema_version: Literal[1]
    cells: Annotated[list[Annotated[list[FieldData], Field(fail_fast=True)]], Field(fail_fast=True)]
    box: Box | None


class PageData(_Exact):
    """``containers.Page``."""

    schema_version: Literal[1]
    fields: Annotated[list[FieldData], Field(fail_fast=True)]
    tables: Annotated[list[TableData], Field(fail_fast=True)]
    source: Name | None
    number: Annotated[int, Field(ge=1, le=1_000_000)]
    size: tuple[Side, Side] | None
    model: Name | None
    version: Name | None
    steps: Annotated[list[Text], Field(max_length=100, fail_fast=True)]

    def to_page(self) -> containers.Page:
        """Return the container; raise DataError for a day that there is not."""
        return containers.Page.from_dict(self.model_dump())

    def count(self) -> int:
        """Return how many fields there are, cells of tables too."""
        return len(self.fields) + sum(len(row) for table in self.tables for row in table.cells)
