"""Reads of group-buy: facts for prices, groups for buyers, activities and numbers for merchants."""
