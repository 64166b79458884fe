"""Items through the API: items and their parts, units and categories, suppliers, prices and costs."""
