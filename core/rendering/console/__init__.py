"""The console kit: shell, parts, tables and forms that every console page of core, tenants and plugins is made of."""
