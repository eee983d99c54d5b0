"""The shop itself: name, currency, language, zone, and the epoch that caches watch."""
