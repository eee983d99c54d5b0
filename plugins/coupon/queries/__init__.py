"""Reads of coupons: what a buyer has, what can be had, what a basket needs to know, what merchants see."""
