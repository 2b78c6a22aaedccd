"""The base of all messages: immutable, strict about keys, discriminated by `type`."""

from pydantic import BaseModel, ConfigDict


class Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
