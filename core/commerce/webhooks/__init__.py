"""The webhooks room: what happened in a shop, told to the merchant's other tools over HTTP until it arrives."""
