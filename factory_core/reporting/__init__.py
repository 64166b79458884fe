"""Reports: one definition, drawn as a page, a workbook, a table of text and a paper."""
