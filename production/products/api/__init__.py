"""Bills of materials, routings, work centres and the structure of items through the API."""
