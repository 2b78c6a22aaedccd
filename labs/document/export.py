"""The lab document's JSON Schema, for the front end's types and for editors.

python -m labs.document.export > topoweb.schema.json
"""

from __future__ import annotations

import json
import sys
from typing import Any

from labs.document.schema import LabDocument


def document_schema() -> dict[str, Any]:
    """The schema of a document as a person writes it (draft 2020-12)."""
    schema = LabDocument.model_json_schema(by_alias=True, mode="validation")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


if __name__ == "__main__":
    json.dump(document_schema(), sys.stdout, indent=2)
    sys.stdout.write("\n")
