"""What a signature under a handover covers. Plain Python."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any


def digest_of(signed: Mapping[str, Any]) -> str:
    """SHA-256 over what was signed: JSON with sorted keys, no blanks, UTF-8. The same content gives the same digest."""
    text = json.dumps(signed, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
