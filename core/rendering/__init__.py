"""From page data to HTML: pages, blocks, contexts, assets, and the console kit."""
