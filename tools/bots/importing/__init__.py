"""``conversations bots import``: copies packages of General Bots, renamed and rewritten as this runtime wants them."""
