-- The columns of a build's tables in the schemas asked for (a list), each with its table's number of rows.
SELECT c.schema_name || '.' || c.table_name, c.column_name, c.data_type, t.estimated_size
FROM duckdb_columns() c JOIN duckdb_tables() t USING (table_oid)
WHERE list_contains(?, c.schema_name)
ORDER BY 1, c.column_index;
