"""Where lots came from, where they went, and what must be called back."""

from inventory.trace.queries.genealogy import Branch, Known, Trace, trace
from inventory.trace.queries.recalls import Recall, recall
from inventory.trace.queries.whereabouts import Lying, Sent, lying, sent

__all__ = ["Branch", "Known", "Lying", "Recall", "Sent", "Trace", "lying", "recall", "sent", "trace"]
