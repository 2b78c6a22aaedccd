"""What the front end is told of documents: their JSON Schema, the words for what is wrong with them, and the sysctls they may set.

python -m labs.document.export schema|words|sysctls
"""

from __future__ import annotations

import json
import sys
from typing import Any

from labs.document.schema import LabDocument
from labs.document.sysctls import SYSCTLS
from labs.document.wording import WORDS


def document_schema() -> dict[str, Any]:
    """The schema of a document as a person writes it (draft 2020-12)."""
    schema = LabDocument.model_json_schema(by_alias=True, mode="validation")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def sysctls() -> dict[str, dict[str, int]]:
    """By name: `default`, `minimum`, `maximum`."""
    return {name: sysctl._asdict() for name, sysctl in SYSCTLS.items()}


EXPORTS = {"schema": document_schema, "words": lambda: WORDS, "sysctls": sysctls}


if __name__ == "__main__":
    json.dump(EXPORTS[sys.argv[1]](), sys.stdout, indent=2)
    sys.stdout.write("\n")
