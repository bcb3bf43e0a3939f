"""Tables (CSV and its relatives) that people keep or other products export become observations. See docs/how-to/import-csv.md."""

from __future__ import annotations

from discovery.tables.mapping import TableMapping, shipped_mappings
from discovery.tables.read import read_table
from discovery.tables.result import ColumnUse, RowError, TableResult
from discovery.tables.template import table_template

__all__ = ["ColumnUse", "RowError", "TableMapping", "TableResult", "read_table", "shipped_mappings", "table_template"]
