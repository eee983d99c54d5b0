"""Group-buy 拼团: buyers who fill a group together pay less."""
