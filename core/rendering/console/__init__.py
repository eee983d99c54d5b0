"""The console kit: shell, parts, tables and forms that every console page is made of, plugins' too."""
