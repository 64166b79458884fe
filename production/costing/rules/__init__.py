"""How costs and their variances are reckoned. Plain Python."""
