"""A shop in which one product is to be bought, as WebShop (arXiv 2207.01206) is one."""
