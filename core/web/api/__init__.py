"""The public API: one framework, two audiences; `admin` for merchants' programs, `store` for buyers'."""
