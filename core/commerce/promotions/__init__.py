"""Promotions looked at as a whole: all campaigns, what they collide with, what they would cost, what was promised."""
