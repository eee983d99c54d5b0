"""Coupons 优惠券: claimed, sent or typed in, kept with an account, applied by themselves where they save most."""
