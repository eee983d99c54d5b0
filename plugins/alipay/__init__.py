"""Alipay 支付宝: a shop's own application at Alipay's open platform."""
