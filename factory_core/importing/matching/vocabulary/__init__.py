"""Header words of factories by concept: goods, trade, making. `systems` are the column names of other programs."""
