"""How a label is described, drawn and spoken to a printer. Plain Python: given values, answer."""
