"""Stripe: cards on its hosted page, WeChat Pay and Alipay through Payment Intents, Connect for payments to others."""
