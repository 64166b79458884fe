"""The plant's own certificate authority: files in the data directory, no database, no network. Plain Python."""
