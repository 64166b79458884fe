"""Tables of the audit app: none of its own so far, the trail is django-auditlog's LogEntry.

The module must exist all the same: Django tells only apps with models that the database was migrated.
"""
