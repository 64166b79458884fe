"""What is asked about rates, rolled-up costs and cost sheets."""

from production.costing.queries.sheets import sheet_of

__all__ = ["sheet_of"]
