"""Tables: clinical data and links to other archives, from CSV files; all of a table or nothing of it."""
