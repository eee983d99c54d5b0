"""Bundles 组合优惠: several for one price, and add-ons to a main product."""
