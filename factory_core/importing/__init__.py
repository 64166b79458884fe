"""Other people's files become the plant's records: read, mapped, checked, rehearsed, committed, and undone whole."""
