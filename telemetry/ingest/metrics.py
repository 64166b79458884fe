"""The ingest process's own numbers, for Prometheus."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

REGISTRY = CollectorRegistry()
ANSWERS = Counter("millwright_ingest_answers", "Answers by path and status", ["path", "status"], registry=REGISTRY)
ROWS = Counter("millwright_ingest_rows", "Readings stored", registry=REGISTRY)
REFUSED_ROWS = Counter("millwright_ingest_refused_rows", "Rows kept in quarantine", ["code"], registry=REGISTRY)
REFUSED = Counter("millwright_ingest_refused", "Requests without a valid credential", ["why"], registry=REGISTRY)
DEAD_LETTERS = Counter("millwright_ingest_dead_letters", "Bodies nobody could read", registry=REGISTRY)
COMMITS = Counter("millwright_ingest_commits", "Commits", registry=REGISTRY)
GROUP_ROWS = Histogram(
    "millwright_ingest_group_rows", "Rows per commit", registry=REGISTRY, buckets=(10, 100, 1000, 5000, 10000, 40000)
)
COMMIT_S = Histogram(
    "millwright_ingest_commit_seconds", "Time of a commit", registry=REGISTRY,
    buckets=(0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3),
)  # fmt: skip
WAITING_ROWS = Gauge("millwright_ingest_waiting_rows", "Rows that wait for their commit", registry=REGISTRY)
BACKLOG_S = Gauge(
    "millwright_ingest_state_backlog_seconds", "Age of the oldest stretch without states", registry=REGISTRY
)
