"""What every page stands in: layout, navigation, security headers, tables, cursors, exports."""
