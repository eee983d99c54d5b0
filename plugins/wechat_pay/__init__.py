"""WeChat Pay 微信支付: a shop's own merchant number, through WeChat Pay's API of version 3."""
