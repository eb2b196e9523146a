"""What every section of the settings is made of."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Port = Annotated[int, Field(ge=0, le=65535)]
Seconds = Annotated[float, Field(gt=0)]


class Section(BaseModel):
    """One table of the settings file. Frozen: mutable defaults are never changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)
