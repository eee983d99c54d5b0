"""Products together with their stock: the editor's save, the console's lists, and the import of product files."""
