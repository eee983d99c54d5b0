"""Group-buy's own pages: for buyers below /x/group-buy/, for merchants below /console/<shop>/x/group-buy/."""
