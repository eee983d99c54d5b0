"""Coupons' own pages: for buyers below /x/coupon/, for merchants below /console/<shop>/x/coupon/."""
