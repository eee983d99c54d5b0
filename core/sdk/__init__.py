"""The only door into core for plugins and themes; import its modules, this package stays empty."""
