"""Where customers and orders come from: links that can be shared, visits, and what a browser remembers of them."""
