"""Marketing pages of the console: calendar, price simulator, backtests, rules that guard prices."""
