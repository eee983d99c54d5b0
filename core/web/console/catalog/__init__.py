"""Pages about goods: products, collections, imports of product files."""
